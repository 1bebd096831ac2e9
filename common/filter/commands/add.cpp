// add NUMBER to nN: counts.

#include <cerrno>
#include <cstdlib>

#include "common/base/text.h"
#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Add final : public Step {
public:
    Add(std::string amount, std::string variable) : amount_(std::move(amount)), variable_(std::move(variable)) {}
    Result<Flow> obey(Run& run) const override
    {
        const auto amount = TRY(run.expand(amount_, "add command")).text;
        const auto variable = TRY(run.expand(variable_, "add command")).text;
        char* end = nullptr;
        const long value = std::strtol(amount.c_str(), &end, 0);
        if (*end)
            return permanent("malformed number \"" + amount + "\" in \"add\" command");
        if (variable.size() != 2 || variable[0] != 'n' || !is_digit(variable[1]))
            return permanent("unknown variable \"" + variable + "\" in \"add\" command");
        const auto number = static_cast<std::int32_t>(value);
        run.print("Add " + std::to_string(number) + " to " + variable);
        TRY(run.add_number(static_cast<std::size_t>(variable[1] - '0'), number));
        return Flow::on;
    }

private:
    const std::string amount_, variable_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix& prefix)
{
    auto amount = TRY(parser.argument("add"));
    TRY(parser.no_prefix("add", prefix));
    if (TRY(parser.reader().word(false)) != "to")
        return parser.reader().near("\"to\" expected in \"add\" command");
    auto variable = TRY(parser.reader().item(false));
    if (variable.empty())
        return parser.reader().near("value missing after \"to\"");
    return std::unique_ptr<Step>(std::make_unique<Add>(std::move(amount), std::move(variable)));
}

const RegisterCommand self{{.name = "add", .parse = parse, .doc = "Adds to one of $n0 to $n9."}};

}
}
