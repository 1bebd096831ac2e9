// pipe COMMAND: hands the message to a program. The command is split into words first and each is expanded
// then, so that nothing in the message can become a word of its own (filter manual 3.13).

#include "common/base/text.h"
#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

constexpr std::size_t words_max = 256;

// One word at the start of `text`, its quotes undone; what was taken is cut off.
Result<std::string> take_word(std::string_view& text)
{
    std::string word;
    const char quote = text.front() == '"' || text.front() == '\'' ? text.front() : '\0';
    std::size_t at = quote ? 1 : 0;
    for (; at < text.size(); ++at) {
        if (quote ? text[at] == quote : is_space(text[at]))
            break;
        if (quote == '"' && text[at] == '\\' && at + 1 < text.size())
            ++at;
        word += text[at];
    }
    if (quote && at == text.size())
        return permanent(std::string("missing ") + quote + " in the command");
    text.remove_prefix(std::min(text.size(), at + (quote ? 1 : 0)));
    return word;
}

// As the pipe transport reads it back: every word in double quotes.
std::string requoted(std::string_view word)
{
    std::string out = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

class Pipe final : public Step {
public:
    Pipe(Prefix prefix, std::string command) : prefix_(prefix), command_(std::move(command)) {}
    Result<Flow> obey(Run& run) const override
    {
        const bool is_seen = prefix_.seen.value_or(true);
        run.outcome().is_significant |= is_seen;
        run.print(std::string(is_seen ? "Pipe" : "Unseen pipe") + " message to: " + command_ +
                  (prefix_.noerror ? " (noerror)" : ""));
        if (run.is_test())
            return Flow::on;
        Action action{.kind = Action::Kind::pipe, .text = command_, .ignores_errors = prefix_.noerror};
        action.command = TRY(expanded(run));
        TRY(run.add(std::move(action)));
        return Flow::on;
    }

private:
    Result<std::string> expanded(Run& run) const
    {
        std::string all;
        std::string_view rest = trim(command_);
        if (rest.starts_with('|'))
            rest = trim(rest.substr(1));
        for (std::size_t words = 0; !rest.empty(); rest = trim_left(rest)) {
            if (++words > words_max)
                return permanent("the command has more than " + std::to_string(words_max) + " words");
            const auto word = TRY(run.expand(TRY(take_word(rest)), "pipe command"));
            all += (all.empty() ? "" : " ") + requoted(word.text);
        }
        return all;
    }

    const Prefix prefix_;
    const std::string command_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix& prefix)
{
    if (parser.rules().forbid_pipe)
        return parser.disabled("pipe");
    auto command = TRY(parser.argument("pipe"));
    return std::unique_ptr<Step>(std::make_unique<Pipe>(prefix, std::move(command)));
}

const RegisterCommand self{{.name = "pipe", .parse = parse, .doc = "Hands the message to a program."}};

}
}
