// A test that holds when one thing is so of each text of a list: exists, valid_notify_method.
#pragma once

#include "common/sieve/run.h"

namespace gp::sieve {

class AllOf final : public Test {
public:
    using Claim = bool (*)(Run& run, const std::string& text);
    AllOf(std::vector<std::string> texts, Claim claim) : texts_(std::move(texts)), claim_(claim) {}
    Result<bool> holds(Run& run) const override
    {
        for (const auto& text : TRY(run.expand(texts_)))
            if (!claim_(run, text))
                return false;
        return true;
    }

private:
    const std::vector<std::string> texts_;
    const Claim claim_;
};

}
