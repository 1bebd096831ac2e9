// vacation (RFC 5230, RFC 6131 for :seconds): answers a person, once in a while.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/digest.h"
#include "common/filter/personal.h"
#include "common/mail/address.h"
#include "common/sieve/headers.h"
#include "common/sieve/parser.h"
#include "common/sieve/run.h"
#include "common/sieve/sender.h"

namespace gp::sieve {
namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t least_days = 1, most_days = 31, usual_days = 7;

struct Arguments {
    std::int64_t seconds = usual_days * day;
    bool has_period = false;
    std::optional<std::string> subject, from, handle;
    std::vector<std::string> addresses;
    bool is_mime = false;
    std::string reason;
};

// Senders that never get an answer (RFC 5230 section 4.5).
bool is_no_person(std::string_view sender)
{
    const auto local_part = lower(mail::local_part_of(sender));
    return sender.empty() || local_part.starts_with("owner-") || local_part.ends_with("-request") ||
           local_part == "mailer-daemon" || local_part == "listserv" || local_part == "majordomo";
}

class Vacation final : public Step {
public:
    explicit Vacation(Arguments arguments) : arguments_(std::move(arguments)) {}
    Result<Flow> obey(Run& run) const override
    {
        if (run.vacation_done)
            return permanent("vacation already executed");
        run.vacation_done = true;
        if (filter::is_automatic(run.scene()) || is_no_person(run.scene().message->sender) || !is_for_me(run))
            return Flow::on;
        TRY(run.add(TRY(answer(run))));
        return Flow::on;
    }

private:
    // Somewhere in the header is an address of this user (section 4.5).
    bool is_for_me(Run& run) const
    {
        auto own = filter::own_addresses(run.scene());
        own.insert(own.end(), arguments_.addresses.begin(), arguments_.addresses.end());
        const auto* headers = run.scene().message->headers;
        for (const std::string_view name : {"to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"})
            if (headers && filter::any_address(*headers, name, [&](std::string_view address) {
                    return std::ranges::any_of(own, [&](const auto& mine) { return same_nocase(mine, address); });
                }))
                return true;
        return false;
    }

    Result<std::string> subject(Run& run) const
    {
        if (arguments_.subject)
            return replace_all(TRY(run.expand(*arguments_.subject)), "\n", " ");
        const auto theirs = header_values(run, "subject"); // section 4.4: Auto: and the old subject
        return theirs.empty() ? std::string("Automated reply") : "Auto: " + theirs.front();
    }

    // One memory for each answer that differs (section 4.3).
    std::string memory(Run& run) const
    {
        const auto what = arguments_.handle
                              ? "h" + *arguments_.handle
                              : "r" + arguments_.reason + '\0' + arguments_.subject.value_or("") + '\0' +
                                    arguments_.from.value_or("") + (arguments_.is_mime ? "m" : "");
        const auto digest = expand::digest_of(expand::Digest::md5, what);
        return run.rules().vacation_directory + "/" + (digest ? hex_encode(*digest) : std::string("vacation"));
    }

    Result<filter::Action> answer(Run& run) const
    {
        filter::Action action{.kind = filter::Action::Kind::reply};
        auto& reply = action.reply;
        reply.to = action.text = run.scene().message->sender;
        reply.subject = TRY(subject(run));
        if (arguments_.from)
            reply.from = TRY(run.expand(*arguments_.from));
        else if (!run.rules().owner.empty())
            reply.from = run.rules().owner;
        reply.text = TRY(run.expand(arguments_.reason));
        reply.is_mime = arguments_.is_mime;
        if (arguments_.is_mime) {
            const auto end = reply.text.find("\n\n");
            reply.headers = reply.text.substr(0, end);
            reply.text = end == std::string::npos ? std::string{} : reply.text.substr(end + 2);
        }
        reply.is_vacation = true;
        if (!run.rules().vacation_directory.empty()) {
            reply.once = memory(run);
            reply.once_repeat = std::max<std::int64_t>(arguments_.seconds, 1);
        }
        return action;
    }

    const Arguments arguments_;
};

Status read_period(Parser& parser, Arguments& arguments, bool is_days)
{
    if (arguments.has_period)
        return parser.error("period already specified");
    arguments.has_period = true;
    if (!is_days)
        TRY(parser.needs("vacation-seconds"));
    const auto number = TRY(parser.number("missing number"));
    arguments.seconds = is_days ? std::clamp(number, least_days, most_days) * day : std::clamp<std::int64_t>(number, 0, most_days * day);
    return {};
}

Result<bool> read_argument(Parser& parser, Arguments& arguments)
{
    auto& scanner = parser.scanner();
    if (TRY(scanner.tag("days"))) {
        TRY(read_period(parser, arguments, true));
    } else if (TRY(scanner.tag("seconds"))) {
        TRY(read_period(parser, arguments, false));
    } else if (TRY(scanner.tag("subject"))) {
        arguments.subject = TRY(parser.string("subject string expected"));
    } else if (TRY(scanner.tag("from"))) {
        arguments.from = TRY(read_sender(parser));
    } else if (TRY(scanner.tag("addresses"))) {
        arguments.addresses = TRY(parser.string_list("addresses string list expected"));
    } else if (TRY(scanner.tag("handle"))) {
        arguments.handle = TRY(parser.string("handle string expected"));
    } else if (TRY(scanner.tag("mime"))) {
        arguments.is_mime = true;
    } else {
        return false;
    }
    return true;
}

Result<StepPtr> parse(Parser& parser)
{
    Arguments arguments;
    while (TRY(read_argument(parser, arguments))) {
    }
    arguments.reason = TRY(parser.string("missing reason string"));
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Vacation>(std::move(arguments)));
}

const RegisterCommand command{{.name = "vacation", .capability = "vacation", .parse = parse, .doc = "Answers that one is away."}};
const RegisterCapability capabilities[] = {
    RegisterCapability{{.name = "vacation", .doc = "RFC 5230"}},
    RegisterCapability{{.name = "vacation-seconds", .doc = "RFC 6131"}},
};

}
}
