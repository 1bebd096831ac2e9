// foranyaddress TEXT (CONDITION): whether it holds for one of the addresses, which is $thisaddress then.

#include "common/filter/condition.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"
#include "common/mail/address_parser.h"

namespace gp::filter {
namespace {

constexpr std::size_t addresses_max = 10'000;

class ForAnyAddress final : public Test {
public:
    ForAnyAddress(std::string list, TestPtr test) : list_(std::move(list)), test_(std::move(test)) {}
    Result<bool> holds(Run& run) const override
    {
        const auto list = TRY(run.expand(list_, "filter file"));
        for (const auto& item : mail::parse_address_list(list.text, {.allow_domain_literals = true}, addresses_max).items) {
            if (!item.parsed)
                continue;
            TRY(run.count_step());
            run.scene().facts.set("thisaddress", Text::from(item.parsed->address, "$thisaddress"));
            const bool holds = TRY(test_->holds(run));
            run.explain_test("Sub-condition", *test_, holds);
            if (holds)
                return true;
        }
        return false;
    }
    std::string words() const override { return "foranyaddress " + list_ + " (" + test_->words() + ")"; }

private:
    const std::string list_;
    const TestPtr test_;
};

Result<TestPtr> parse(Parser& parser)
{
    auto list = TRY(parser.reader().item(true));
    if (parser.reader().peek() != '(')
        return parser.reader().near("\"(\" expected after \"foranyaddress\"");
    parser.reader().take();
    TRY(parser.enter());
    auto test = TRY(parser.condition(true));
    parser.leave();
    return TestPtr(std::make_unique<ForAnyAddress>(std::move(list), std::move(test)));
}

const RegisterCondition self{{.name = "foranyaddress", .parse = parse, .doc = "A condition for one of several addresses."}};

}
}
