// logwrite = TEXT and continue = TEXT: a line in a log, and an expansion for its effects alone.

#include "common/acl/modifier.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "common/log/shown.h"

namespace gp::acl {
namespace {

// The logs that are named, as bits of log_to_…; an error names the word that is none.
Result<std::uint32_t> logs_of(std::span<const std::string> names)
{
    std::uint32_t logs = 0;
    for (const auto& name : names) {
        if (name == "main")
            logs |= mail::log_to_main;
        else if (name == "reject")
            logs |= mail::log_to_reject;
        else if (name == "panic")
            logs |= mail::log_to_panic;
        else if (!name.empty())
            return misconfigured("\"" + escape(name) + "\" is no log: main, reject and panic are");
    }
    return logs;
}

// ":main,reject: text": the names in front, or nothing (manual 44.19, logwrite). `text` keeps what is to be written.
std::optional<std::vector<std::string>> take_names(std::string_view& text)
{
    if (!text.starts_with(':'))
        return std::nullopt;
    const auto end = std::min(text.find(':', 1), text.size());
    std::vector<std::string> names;
    for (const auto name : split(text.substr(1, end - 1), ','))
        names.emplace_back(trim(name));
    text = trim_left(text.substr(std::min(end + 1, text.size())));
    return names;
}

// A word that is no log does not turn mail away (as in Exim): the line goes to the usual ones.
void unknown_name(std::string_view words, std::string_view modifier, const Context& context)
{
    log::panic("unknown log name in \"" + escape(words, true) + "\" in \"" + std::string(modifier) + "\" in " +
               std::string(where_name(context.where)) + " ACL");
}

class LogWrite final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        std::string_view text = words.text;
        std::uint32_t logs = mail::log_to_main;
        if (const auto names = take_names(text)) {
            const auto named = logs_of(*names);
            if (!named)
                unknown_name(words.text, "logwrite", context);
            logs = named ? *named : logs;
        }
        const auto line = prefix(context) + log::shown(text, true);
        if (logs & mail::log_to_panic)
            log::panic_alone(line);
        if (logs & mail::log_to_main)
            log::main(line);
        if (logs & mail::log_to_reject)
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
        const auto names = config::split_list(words.text);
        if (const auto targets = logs_of(names))
            context.log_targets = *targets;
        else
            unknown_name(words.text, "log_reject_target", context);
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
