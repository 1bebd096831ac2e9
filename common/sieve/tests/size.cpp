// size :over N, size :under N (RFC 5228 section 5.9).

#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {
namespace {

class Size final : public Test {
public:
    Size(bool is_over, std::int64_t limit) : is_over_(is_over), limit_(limit) {}
    Result<bool> holds(Run& run) const override
    {
        const auto size = run.scene().message->size;
        return is_over_ ? size > limit_ : size < limit_;
    }

private:
    const bool is_over_;
    const std::int64_t limit_;
};

Result<TestPtr> parse(Parser& parser)
{
    const bool is_over = TRY(parser.scanner().tag("over"));
    if (!is_over && !TRY(parser.scanner().tag("under")))
        return parser.error("missing :over or :under");
    return TestPtr(std::make_unique<Size>(is_over, TRY(parser.number("missing number"))));
}

const RegisterTest test{{.name = "size", .parse = parse, .doc = "How large the message is."}};

}
}
