// seen = [-]INTERVAL / OPTIONS: whether the same thing was met before, for grey lists (manual 44.37). tally
// remembers.

#include "common/acl/condition.h"
#include "common/base/duration.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

constexpr std::uint64_t usual_refresh = 10 * 24 * 3600;

Result<std::uint64_t> seconds_of(std::string_view text)
{
    const auto time = parse_duration(text);
    if (!time)
        return misconfigured("\"" + escape(text) + "\" is no interval");
    return static_cast<std::uint64_t>(time->count() / 1000);
}

Result<SeenQuestion> parse(std::string_view text, std::string_view usual_key)
{
    SeenQuestion question{.key = std::string(usual_key), .refresh = usual_refresh};
    const auto parts = split(text, '/');
    auto interval = trim(parts[0]);
    question.before = interval.starts_with('-');
    if (question.before)
        interval = trim(interval.substr(1));
    question.interval = TRY(seconds_of(interval));
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto word = trim(parts[i]);
        if (word == "readonly")
            question.readonly = true;
        else if (word == "write")
            question.write = true;
        else if (word.starts_with("key="))
            question.key = trim(word.substr(4));
        else if (word.starts_with("refresh="))
            question.refresh = TRY(seconds_of(trim(word.substr(8))));
        else
            return misconfigured("unknown option \"" + escape(word) + "\"");
    }
    return question;
}

class Seen final : public Test {
public:
    explicit Seen(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        const auto question = TRY(parse(words->text, context.scene.origin ? context.scene.origin->host_address : ""));
        if (!context.counts)
            return misconfigured("nothing remembers here");
        const auto found = context.counts->seen(question);
        if (!found)
            return Truth::defer;
        return *found ? Truth::yes : Truth::no;
    }

private:
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "seen",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        auto text = TRY(language.parse(argument));
        if (const auto* constant = text.constant())
            TRY(parse(*constant, ""));
        return std::unique_ptr<Test>{std::make_unique<Seen>(std::move(text))};
    },
    .doc = "The same was met before, or has not been for a time.",
}};

}
}
