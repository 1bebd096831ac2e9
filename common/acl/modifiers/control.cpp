// control = WORD[/options]: the words are in controls/ (manual 44.20).

#include "common/acl/modifier.h"
#include "common/base/text.h"
#include "common/lookup/file_check.h"

namespace gp::acl {
namespace {

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
    return std::unique_ptr<Action>{std::make_unique<ControlAction>(*control, TRY(language.parse(argument)))};
}

const RegisterModifier self{{
    .name = "control",
    .make = make,
    .doc = "Changes how the message or the session is handled.",
}};

}
}
