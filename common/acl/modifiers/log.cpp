// logwrite = TEXT and continue = TEXT: a line in a log, and an expansion for its effects alone.

#include "common/acl/modifier.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "common/log/shown.h"

namespace gp::acl {
namespace {

class LogWrite final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        std::string_view text = words.text;
        bool main = true, reject = false, panic = false;
        if (text.starts_with(':')) { // ":main,reject: text" (manual 44.19, logwrite)
            const auto end = std::min(text.find(':', 1), text.size());
            main = false;
            for (auto name : split(text.substr(1, end - 1), ',')) {
                main |= trim(name) == "main";
                reject |= trim(name) == "reject";
                panic |= trim(name) == "panic";
            }
            text = trim_left(text.substr(std::min(end + 1, text.size())));
        }
        const auto line = prefix(context) + log::shown(text, true);
        if (panic)
            log::panic_alone(line);
        if (main)
            log::main(line);
        if (reject)
            log::reject(line);
        return {};
    }

    static std::string prefix(const Context& context)
    {
        const auto* message = context.scene.message;
        const bool has_begun = context.where != where_not_smtp_start; // there the message has no id yet
        return has_begun && message && !message->id.empty() ? std::string(message->id) + " " : std::string{};
    }
};

// log_reject_target = main:panic: where a refusal of this ACL is logged (manual 44.19); empty is nowhere.
class RejectTarget final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        std::uint32_t targets = 0;
        for (const auto& name : config::split_list(words.text)) {
            if (name == "main")
                targets |= mail::log_to_main;
            else if (name == "reject")
                targets |= mail::log_to_reject;
            else if (name == "panic")
                targets |= mail::log_to_panic;
            else if (!name.empty())
                return misconfigured("log_reject_target: \"" + escape(name) + "\" is no log: main, reject, panic");
        }
        context.log_targets = targets;
        return {};
    }
};

class Continue final : public TextAction {
    using TextAction::TextAction;
    Status with(Context&, const Text&) const override { return {}; }
};

template <class T>
Result<std::unique_ptr<Action>> make(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Action>{std::make_unique<T>(TRY(language.parse(argument)))};
}

const RegisterModifier logwrite{{
    .name = "logwrite",
    .make = make<LogWrite>,
    .doc = "Writes a line to the main, reject or panic log.",
}};
const RegisterModifier reject_target{{
    .name = "log_reject_target",
    .make = make<RejectTarget>,
    .doc = "The logs that a refusal goes to.",
}};
const RegisterModifier continue_{{
    .name = "continue",
    .make = make<Continue>,
    .doc = "Expands a text for its side effects.",
}};

}
}
