// ratelimit = LIMIT / PERIOD / OPTIONS / KEY: the rate of events has reached a limit (manual 44.36). tally counts.

#include <charconv>
#include <cmath>

#include "common/acl/condition.h"
#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

enum class Per { mail, conn, byte, rcpt, addr, cmd };

struct Mode {
    std::string_view word;
    Per per;
    std::uint32_t allowed_at;
};
constexpr std::uint32_t with_message = where_message | where_mailauth;
constexpr Mode modes[] = {
    {"per_mail", Per::mail, with_message}, {"per_conn", Per::conn, where_all}, {"per_byte", Per::byte, with_message},
    {"per_rcpt", Per::rcpt, with_message & ~where_mail}, {"per_addr", Per::addr, where_rcpt}, {"per_cmd", Per::cmd, where_all},
};

// The rate of messages when nothing is said of it; it counts wherever it is asked for, as in Exim.
constexpr Mode usual_mode{"per_mail", Per::mail, where_all};

struct Limit {
    double limit = 0;
    std::string limit_text;
    Duration period{};
    const Mode* mode = &usual_mode;
    std::optional<double> count;
    std::string unique, key;
    bool strict = false, leaky = false, readonly = false, has_key = false;
};

// "10", "2.5", "1k", "3M"
Result<double> number_of(std::string_view text)
{
    double number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc{} || number < 0 || !std::isfinite(number))
        return misconfigured("\"" + escape(text) + "\" is no rate");
    const auto rest = trim(text.substr(static_cast<std::size_t>(end.ptr - text.data())));
    if (rest.empty())
        return number;
    if (same_nocase(rest, "k"))
        return number * 1024;
    if (same_nocase(rest, "m"))
        return number * 1024 * 1024;
    if (same_nocase(rest, "g"))
        return number * 1024 * 1024 * 1024;
    return misconfigured("\"" + escape(text) + "\" is no rate");
}

// True when the word is an option; else the key begins with it.
Result<bool> read_option(std::string_view word, Limit& limit, bool& has_update)
{
    const auto choose = [&](bool& flag) -> Status {
        if (std::exchange(has_update, true))
            return misconfigured("conflicting update modes");
        flag = true;
        return {};
    };
    const auto is_mode = [&](const Mode& mode) { return same_nocase(word, mode.word); };
    if (same_nocase(word, "strict"))
        TRY(choose(limit.strict));
    else if (same_nocase(word, "leaky"))
        TRY(choose(limit.leaky));
    else if (same_nocase(word, "readonly") || same_nocase(word, "noupdate"))
        TRY(choose(limit.readonly));
    else if (starts_nocase(word, "count="))
        limit.count = TRY(number_of(trim(word.substr(6))));
    else if (starts_nocase(word, "unique="))
        limit.unique = trim(word.substr(7));
    else if (const auto* mode = std::ranges::find_if(modes, is_mode); mode != std::end(modes))
        limit.mode = mode;
    else
        return false;
    return true;
}

Result<Limit> parse(std::string_view text)
{
    Limit limit;
    const auto parts = split(text, '/');
    if (parts.size() < 2)
        return misconfigured("LIMIT / PERIOD is wanted");
    limit.limit_text = trim(parts[0]);
    limit.limit = TRY(number_of(limit.limit_text));
    const auto period = parse_duration(trim(parts[1]));
    if (!period || period->count() <= 0)
        return misconfigured("\"" + escape(trim(parts[1])) + "\" is no period");
    limit.period = *period;
    bool has_update = false;
    for (std::size_t i = 2; i < parts.size(); ++i) {
        if (TRY(read_option(trim(parts[i]), limit, has_update)))
            continue;
        // The rest is the key, slashes and all.
        limit.key = trim(text.substr(static_cast<std::size_t>(parts[i].data() - text.data())));
        limit.has_key = true;
        break;
    }
    return limit;
}

class RateLimit final : public Test {
public:
    explicit RateLimit(expand::Expression text) : text_(std::move(text)) {}

    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        auto limit = TRY(parse(words->text));
        TRY(fit(limit, context.where));
        if (!context.counts)
            return misconfigured("nothing counts here");
        const auto question = question_for(limit, context);
        auto& known = remembered(limit, context);
        // What was counted for this connection, message or command is not counted again.
        const auto at = std::ranges::find(known, question.key, &mail::RateSeen::key);
        double rate = 0;
        if (at != known.end()) {
            rate = static_cast<double>(at->rate) / 1e6;
        } else {
            const auto answer = context.counts->rate(question);
            if (!answer)
                return Truth::defer;
            rate = answer->rate;
            if (!limit.readonly && known.size() < most_remembered)
                known.push_back({question.key, static_cast<std::uint64_t>(rate * 1e6), limit.mode->per == Per::conn});
        }
        show(limit, rate, context.scene);
        return rate >= limit.limit ? Truth::yes : Truth::no;
    }

private:
    static constexpr std::size_t most_remembered = 200;

    static std::vector<mail::RateSeen>& remembered(const Limit& limit, Context& context)
    {
        const bool is_of_command = limit.mode->per == Per::rcpt || limit.mode->per == Per::addr || limit.mode->per == Per::cmd;
        return is_of_command ? context.rates_of_command : context.state.rates;
    }

    // What cannot be measured at this point is only read (manual 44.41).
    static Status fit(Limit& limit, Where where)
    {
        if (limit.mode->allowed_at & where)
            return {};
        if (limit.strict || limit.leaky)
            return misconfigured("error in arguments to \"ratelimit\" condition: \"" + std::string(limit.mode->word) +
                                 "\" must not have /leaky or /strict option, or cannot be used in " + std::string(where_name(where)) + " ACL");
        limit.readonly = true;
        return {};
    }

    static RateQuestion question_for(const Limit& limit, const Context& context)
    {
        RateQuestion question{.period = limit.period, .limit = limit.limit, .strict = limit.strict, .readonly = limit.readonly};
        const auto* message = context.scene.message;
        question.count = limit.count.value_or(default_count(limit.mode->per, context, message));
        question.unique = limit.unique;
        if (limit.mode->per == Per::addr && question.unique.empty())
            question.unique = context.recipient;
        std::string key = limit.key;
        if (!limit.has_key && context.scene.origin)
            key = context.scene.origin->host_address;
        // per_addr counts as per_rcpt does, but each address once.
        const auto word = limit.mode->per == Per::addr ? std::string_view("per_rcpt") : limit.mode->word;
        question.key = format_duration(limit.period) + "/" + std::string(word) + "/" + key;
        return question;
    }

    static double default_count(Per per, const Context& context, const expand::Message* message)
    {
        if (per == Per::byte)
            return message ? static_cast<double>(std::max<std::int64_t>(message->size, 0)) : 0;
        if (per == Per::rcpt && context.where != where_rcpt)
            return static_cast<double>(context.recipients ? context.recipients->size() : 1);
        return 1;
    }

    static void show(const Limit& limit, double rate, expand::Scene& scene)
    {
        std::array<char, 64> room{};
        const auto end = std::to_chars(room.data(), room.data() + room.size(), rate, std::chars_format::fixed, 1);
        scene.facts.set("sender_rate", Text::clean({room.data(), end.ptr}));
        scene.facts.set("sender_rate_limit", Text::clean(limit.limit_text));
        scene.facts.set("sender_rate_period", Text::clean(format_duration(limit.period)));
    }

    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "ratelimit",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        auto text = TRY(language.parse(argument));
        if (const auto* constant = text.constant())
            TRY(parse(*constant));
        return std::unique_ptr<Test>{std::make_unique<RateLimit>(std::move(text))};
    },
    .doc = "The client's rate has reached a limit.",
}};

}
}
