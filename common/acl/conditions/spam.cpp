// spam = USER[:true][/defer_ok]: what SpamAssassin thinks of the message (manual 45.2). Scanned once for each user.

#include "common/acl/condition.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::acl {
namespace {

class Spam final : public Test {
public:
    explicit Spam(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? Result<Truth>{Truth::no} : words.error();
        std::string_view user = trim(words->text);
        const auto slash = user.find('/');
        const bool defer_ok = slash != std::string_view::npos && trim(user.substr(slash + 1)) == "defer_ok";
        if (slash != std::string_view::npos && !defer_ok)
            return misconfigured("unknown option \"" + escape(user.substr(slash + 1)) + "\"");
        user = trim(user.substr(0, slash));
        bool always = false;
        if (const auto colon = user.rfind(':'); colon != std::string_view::npos && same_nocase(trim(user.substr(colon + 1)), "true")) {
            always = true;
            user = trim(user.substr(0, colon));
        }
        if (user.empty() || user == "0" || same_nocase(user, "false") || same_nocase(user, "no"))
            return Truth::no;
        if (user == "1" || same_nocase(user, "true") || same_nocase(user, "yes"))
            user = "nobody";
        if (!context.scanners)
            return misconfigured("there is no message to be scanned here");
        const auto found = context.scanners->scan({.scanner = "spamd", .servers = context.spamd_address, .arguments = {std::string(user)}});
        if (!found) {
            log::main(prefix(context) + "spam acl condition: " + escape(found.error().text));
            return defer_ok ? Truth::no : Truth::defer;
        }
        bool is_spam = false;
        for (const auto& finding : *found) {
            if (finding.name == "spam_is")
                is_spam = finding.value == "1";
            else
                context.scene.facts.set(finding.name, Text::from(finding.value, "the spam scanner"));
        }
        return always || is_spam ? Truth::yes : Truth::no;
    }

private:
    static std::string prefix(const Context& context)
    {
        const auto* message = context.scene.message;
        return message && !message->id.empty() ? std::string(message->id) + " " : std::string{};
    }
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "spam",
    .allowed_at = where_data | where_not_smtp | where_prdr,
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        return std::unique_ptr<Test>{std::make_unique<Spam>(TRY(language.parse(argument)))};
    },
    .doc = "SpamAssassin takes the message for spam.",
}};

}
}
