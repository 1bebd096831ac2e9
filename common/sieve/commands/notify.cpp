// notify (RFC 5435) by mailto (RFC 5436).

#include "common/base/text.h"
#include "common/sieve/headers.h"
#include "common/sieve/mailto.h"
#include "common/sieve/parser.h"
#include "common/sieve/run.h"
#include "common/sieve/sender.h"

namespace gp::sieve {
namespace {

struct Arguments {
    std::optional<std::string> from, message;
    std::string importance = "2";
    std::string method;
};

class Notify final : public Step {
public:
    explicit Notify(Arguments arguments) : arguments_(std::move(arguments)) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto mail = parse_mailto(TRY(run.expand(arguments_.method)));
        if (!mail)
            return permanent("invalid notification method");
        // RFC 5436 section 2.7.1: a notification is not notified of.
        const auto automatic = header_values(run, "auto-submitted");
        if (!automatic.empty() && starts_nocase(automatic.front(), "auto-notified"))
            return Flow::on;
        filter::Action action{.kind = filter::Action::Kind::reply, .text = join(mail->recipients, ", ")};
        auto& reply = action.reply;
        reply.to = action.text;
        const auto& rules = run.rules();
        const auto& owner = rules.enotify_mailto_owner.empty() ? rules.owner : rules.enotify_mailto_owner;
        reply.from = arguments_.from ? TRY(run.expand(*arguments_.from)) : owner;
        const auto said = arguments_.message ? replace_all(TRY(run.expand(*arguments_.message)), "\n", " ") : std::string{};
        const auto theirs = header_values(run, "subject");
        reply.subject = mail->has_subject ? mail->subject : !said.empty() ? said : theirs.empty() ? "Notification" : theirs.front();
        reply.text = mail->has_body ? mail->body : "";
        reply.headers = "Auto-Submitted: auto-notified" + (owner.empty() ? "" : "; owner-email=\"" + owner + "\"");
        if (arguments_.importance != "2")
            reply.headers += "\nImportance: " + std::string(arguments_.importance == "1" ? "High" : "Low");
        if (!mail->headers.empty())
            reply.headers += "\n" + mail->headers;
        TRY(run.add(std::move(action)));
        return Flow::on;
    }

private:
    const Arguments arguments_;
};

Result<bool> read_argument(Parser& parser, Arguments& arguments)
{
    auto& scanner = parser.scanner();
    if (TRY(scanner.tag("from"))) {
        arguments.from = TRY(read_sender(parser));
    } else if (TRY(scanner.tag("importance"))) {
        arguments.importance = TRY(parser.string("importance string expected"));
        if (arguments.importance != "1" && arguments.importance != "2" && arguments.importance != "3")
            return parser.error("invalid importance");
    } else if (TRY(scanner.tag("options"))) {
        TRY(parser.string_list("options string list expected")); // RFC 5436 defines none
    } else if (TRY(scanner.tag("message"))) {
        arguments.message = TRY(parser.string("message string expected"));
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
    arguments.method = TRY(parser.string("method string expected"));
    if (!parser.has("variables") && !parse_mailto(arguments.method))
        return parser.error("invalid notification method");
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Notify>(std::move(arguments)));
}

const RegisterCommand command{{.name = "notify", .capability = "enotify", .parse = parse, .doc = "Tells somebody."}};
const RegisterCapability capability{{.name = "enotify", .doc = "RFC 5435, RFC 5436"}};

}
}
