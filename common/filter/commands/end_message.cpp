// fail, defer, freeze [text] WORDS: what becomes of the original recipients. For system filters, and for
// others where the administrator allows it (manual 47.5).

#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

struct Kind {
    std::string_view name, shown;
    Outcome::End end;
    bool Rules::*is_allowed;
};
constexpr Kind fail{"fail", "Fail", Outcome::End::failed, &Rules::allow_fail};
constexpr Kind defer{"defer", "Defer", Outcome::End::deferred, &Rules::allow_defer};
constexpr Kind freeze{"freeze", "Freeze", Outcome::End::frozen, &Rules::allow_freeze};

class EndMessage final : public Step {
public:
    EndMessage(const Kind& kind, std::string text) : kind_(kind), text_(std::move(text)) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto text = TRY(run.expand(text_, std::string(kind_.name) + " command")).text;
        run.print(std::string(kind_.shown) + " text \"" + shown(text) + "\"");
        auto& outcome = run.outcome();
        outcome.end = kind_.end;
        outcome.text = text;
        // <<for the log>>for the sender
        const auto close = text.find(">>");
        if (kind_.end == Outcome::End::failed && text.starts_with("<<") && close != std::string::npos) {
            outcome.log_text = text.substr(2, close - 2);
            outcome.text = text.substr(close + 2);
        }
        return Flow::stop;
    }

private:
    const Kind& kind_;
    const std::string text_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Kind& kind)
{
    if (!parser.rules().is_system && !(parser.rules().*kind.is_allowed))
        return parser.disabled(kind.name);
    auto& reader = parser.reader();
    std::string text;
    if (reader.peek() == '"') {
        text = TRY(reader.item(false));
    } else {
        const auto place = reader.place();
        if (TRY(reader.word(false)) == "text")
            text = TRY(reader.item(false));
        else
            reader.go_back(place);
    }
    return std::unique_ptr<Step>(std::make_unique<EndMessage>(kind, std::move(text)));
}

const RegisterCommand commands[] = {
    RegisterCommand{{.name = "fail",
                     .parse = [](Parser& parser, const Prefix&) { return parse(parser, fail); },
                     .doc = "Fails the original recipients."}},
    RegisterCommand{{.name = "defer",
                     .parse = [](Parser& parser, const Prefix&) { return parse(parser, defer); },
                     .doc = "Defers the original recipients."}},
    RegisterCommand{{.name = "freeze",
                     .parse = [](Parser& parser, const Prefix&) { return parse(parser, freeze); },
                     .doc = "Freezes the message."}},
};

}
}
