// true, false, not, allof, anyof (RFC 5228 section 5).

#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {
namespace {

class Constant final : public Test {
public:
    explicit Constant(bool value) : value_(value) {}
    Result<bool> holds(Run&) const override { return value_; }

private:
    const bool value_;
};

class Not final : public Test {
public:
    explicit Not(TestPtr test) : test_(std::move(test)) {}
    Result<bool> holds(Run& run) const override { return !TRY(test_->holds(run)); }

private:
    const TestPtr test_;
};

class Several final : public Test {
public:
    Several(std::vector<TestPtr> tests, bool needs_all) : tests_(std::move(tests)), needs_all_(needs_all) {}
    Result<bool> holds(Run& run) const override
    {
        for (const auto& test : tests_)
            if (TRY(test->holds(run)) != needs_all_)
                return !needs_all_;
        return needs_all_;
    }

private:
    const std::vector<TestPtr> tests_;
    const bool needs_all_;
};

template <bool value>
Result<TestPtr> constant(Parser&)
{
    return TestPtr(std::make_unique<Constant>(value));
}

template <bool needs_all>
Result<TestPtr> several(Parser& parser)
{
    return TestPtr(std::make_unique<Several>(TRY(parser.test_list()), needs_all));
}

Result<TestPtr> negation(Parser& parser)
{
    return TestPtr(std::make_unique<Not>(TRY(parser.test())));
}

const RegisterTest tests[] = {
    RegisterTest{{.name = "true", .parse = constant<true>, .doc = "Always."}},
    RegisterTest{{.name = "false", .parse = constant<false>, .doc = "Never."}},
    RegisterTest{{.name = "not", .parse = negation, .doc = "When the other test does not hold."}},
    RegisterTest{{.name = "allof", .parse = several<true>, .doc = "When all hold."}},
    RegisterTest{{.name = "anyof", .parse = several<false>, .doc = "When one holds."}},
};

}
}
