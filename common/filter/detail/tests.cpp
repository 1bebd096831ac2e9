#include "common/filter/detail/tests.h"

#include "common/filter/run.h"

namespace gp::filter {
namespace {

class Comparing final : public Test {
public:
    explicit Comparing(Compared what) : what_(std::move(what)) {}
    Result<bool> holds(Run& run) const override
    {
        TRY(run.count_step());
        const auto left = TRY(run.expand(what_.left, "filter file"));
        const auto right = TRY(run.expand(what_.right, "filter file"));
        run.subject_taint(left);
        const bool found = TRY(what_.comparison.holds(run, left.text, right.text, what_.is_caseful));
        return found != what_.negated;
    }
    std::string words() const override { return what_.left + " " + what_.shown + " " + what_.right; }

private:
    const Compared what_;
};

class Denied final : public Test {
public:
    explicit Denied(TestPtr test) : test_(std::move(test)) {}
    Result<bool> holds(Run& run) const override { return !TRY(test_->holds(run)); }
    std::string words() const override { return "not " + test_->words(); }

private:
    const TestPtr test_;
};

class Bracketed final : public Test {
public:
    Bracketed(TestPtr test, bool negated) : test_(std::move(test)), negated_(negated) {}
    Result<bool> holds(Run& run) const override { return TRY(test_->holds(run)) != negated_; }
    std::string words() const override { return (negated_ ? "not (" : "(") + test_->words() + ")"; }

private:
    const TestPtr test_;
    const bool negated_;
};

class Joined final : public Test {
public:
    Joined(std::vector<TestPtr> parts, bool is_and) : parts_(std::move(parts)), is_and_(is_and) {}
    Result<bool> holds(Run& run) const override
    {
        for (const auto& part : parts_) {
            const bool holds = TRY(part->holds(run));
            run.explain_test("Sub-condition", *part, holds);
            if (holds != is_and_)
                return holds;
        }
        return is_and_;
    }
    std::string words() const override
    {
        std::string all;
        for (const auto& part : parts_)
            all += (all.empty() ? "" : is_and_ ? " and " : " or ") + part->words();
        return all;
    }

private:
    const std::vector<TestPtr> parts_;
    const bool is_and_;
};

TestPtr joined(std::vector<TestPtr> parts, bool is_and)
{
    if (parts.size() == 1)
        return std::move(parts.front());
    return std::make_unique<Joined>(std::move(parts), is_and);
}

}

TestPtr compared(Compared what)
{
    return std::make_unique<Comparing>(std::move(what));
}
TestPtr denied(TestPtr test)
{
    return std::make_unique<Denied>(std::move(test));
}
TestPtr bracketed(TestPtr test, bool negated)
{
    return std::make_unique<Bracketed>(std::move(test), negated);
}
TestPtr all_of(std::vector<TestPtr> tests)
{
    return joined(std::move(tests), true);
}
TestPtr any_of(std::vector<TestPtr> tests)
{
    return joined(std::move(tests), false);
}

}
