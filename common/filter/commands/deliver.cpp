// deliver ADDRESS [errors_to ADDRESS]: to another address.

#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"

namespace gp::filter {
namespace {

std::string qualified(const mail::ParsedAddress& parsed, const std::string& domain)
{
    return parsed.has_domain() ? parsed.address : parsed.address + "@" + domain;
}

class Deliver final : public Step {
public:
    Deliver(Prefix prefix, std::string address, std::optional<std::string> errors_to, bool is_missing)
        : prefix_(prefix), address_(std::move(address)), errors_to_(std::move(errors_to)), is_missing_(is_missing)
    {
    }
    Result<Flow> obey(Run& run) const override
    {
        Action action{.kind = Action::Kind::deliver, .ignores_errors = prefix_.noerror};
        const auto text = TRY(run.expand(address_, "deliver command"));
        const auto parsed = TRY(parse(text.text));
        action.text = qualified(parsed, run.rules().qualify_domain);
        if (errors_to_)
            TRY(set_errors_to(run, action));
        const bool is_seen = prefix_.seen.value_or(true);
        run.outcome().is_significant |= is_seen;
        run.print(std::string(is_seen ? "Deliver" : "Unseen deliver") + " message to: " + action.text +
                  (prefix_.noerror ? " (noerror)" : "") +
                  (action.errors_to.empty() ? "" : " errors_to " + action.errors_to));
        TRY(run.add(std::move(action)));
        return Flow::on;
    }

private:
    static Result<mail::ParsedAddress> parse(const std::string& text)
    {
        auto parsed = mail::parse_address(text, {.allow_domain_literals = true});
        if (!parsed)
            return permanent("malformed address \"" + text + "\" in filter file: " + parsed.error().text);
        return parsed;
    }
    // For users: their own address only (manual 47.7).
    Status set_errors_to(Run& run, Action& action) const
    {
        const auto text = TRY(run.expand(*errors_to_, "deliver command"));
        action.has_errors_to = true;
        if (text.empty() && !is_missing_) {
            if (!run.rules().is_system)
                return permanent("errors_to must point to the caller's address");
            return {};
        }
        action.errors_to = qualified(TRY(parse(text.text)), run.rules().qualify_domain);
        if (run.rules().is_system)
            return {};
        const auto* own = run.scene().address;
        if (!own || !mail::same_address(action.errors_to, std::string(own->local_part) + "@" + std::string(own->domain)))
            return permanent("errors_to must point to the caller's address");
        return {};
    }

    const Prefix prefix_;
    const std::string address_;
    const std::optional<std::string> errors_to_;
    const bool is_missing_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix& prefix)
{
    auto address = TRY(parser.argument("deliver"));
    std::optional<std::string> errors_to;
    bool is_missing = false;
    const auto place = parser.reader().place();
    if (TRY(parser.reader().word(false)) == "errors_to") {
        is_missing = parser.reader().at_end();
        errors_to = TRY(parser.reader().item(false));
    } else {
        parser.reader().go_back(place);
    }
    return std::unique_ptr<Step>(std::make_unique<Deliver>(prefix, std::move(address), std::move(errors_to), is_missing));
}

const RegisterCommand self{{.name = "deliver", .parse = parse, .doc = "Sends the message on to an address."}};

}
}
