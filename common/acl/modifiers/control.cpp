// control = WORD[/options]: the words are in controls/ (manual 44.20).

#include "common/acl/modifier.h"
#include "common/base/text.h"
#include "common/lookup/file_check.h"

namespace gp::acl {
namespace {

// Options of controls that cleanup obeys, where an unknown one is an error as in Exim.
Status check_options(std::string_view name, std::string_view options)
{
    const auto wrong = [&](std::string_view option) {
        return misconfigured("syntax error in argument after \"control=" + std::string(name) + "\": \"" + escape(option) + "\" is no option of it");
    };
    if (name == "freeze" && !options.empty() && options != "no_tell")
        return wrong(options);
    if (name != "submission" || options.empty())
        return {};
    for (const auto option : split(options, '/')) {
        if (starts_nocase(option, "name="))
            return {}; // the rest, slashes and all
        if (option != "sender_retain" && !option.starts_with("domain="))
            return wrong(option);
    }
    return {};
}

class ControlAction final : public TextAction {
public:
    ControlAction(const Control& control, expand::Expression text) : TextAction(std::move(text)), control_(control) {}

private:
    Status with(Context& context, const Text& words) const override
    {
        if (!(control_.allowed_at & context.where))
            return misconfigured("cannot use \"control=" + std::string(control_.name == "queue_only" ? "queue" : control_.name) + "\" in " +
                                 std::string(where_name(context.where)) + " ACL");
        if (control_.names_file && words.tainted())
            return misconfigured("control=" + std::string(control_.name) + ": Tainted name '" + escape(words.text, true) +
                                 "' for file read not permitted (" + lookup::taint_advice(words.taint) + ")");
        std::string_view text = trim(words.text);
        const auto slash = text.find('/');
        const auto options = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
        if (control_.apply)
            return control_.apply(context, options);
        TRY(check_options(control_.name, options));
        auto& controls = context.state.controls;
        std::erase_if(controls, [&](const std::string& old) {
            return std::string_view(old).substr(0, old.find('/')) == control_.name;
        });
        controls.emplace_back(std::string(control_.name) + (options.empty() ? "" : "/" + std::string(options)));
        return {};
    }

    const Control control_;
};

// Exim's words that no file in controls/ acts on yet.
constexpr std::string_view known_elsewhere[] = {"dmarc_enable_forensic"};

Result<std::unique_ptr<Action>> make(const expand::Language& language, std::string_view argument)
{
    static const auto controls = Registry<Control>::linked();
    const auto name = trim(argument.substr(0, argument.find('/')));
    const auto* control = controls.find(name);
    if (!control && std::ranges::find(known_elsewhere, name) != std::end(known_elsewhere))
        return misconfigured("\"" + std::string(name) + "\" is not supported by this version yet");
    if (!control) {
        std::vector<std::string_view> names;
        for (const auto& known : controls.all())
            names.push_back(known.name);
        const auto near = nearest(name, names);
        return misconfigured("\"" + escape(name) + "\" is no control of this version" +
                             (near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)"));
    }
    if (argument.find('/') != std::string_view::npos && !control->takes_options)
        return misconfigured("\"" + std::string(name) + "\" takes no options");
    auto text = TRY(language.parse(argument));
    if (const auto* constant = text.constant(); constant && constant->find('/') != std::string::npos)
        TRY(check_options(control->name, trim(*constant).substr(constant->find('/') + 1)));
    return std::unique_ptr<Action>{std::make_unique<ControlAction>(*control, std::move(text))};
}

const RegisterModifier self{{
    .name = "control",
    .make = make,
    .doc = "Changes how the message or the session is handled.",
}};

}
}
