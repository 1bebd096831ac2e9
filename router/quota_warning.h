// The message that quota_warn_message makes (manual 26.2), with the header lines that it does not bring itself. The
// transport decides whether it is sent.
#pragma once

#include <optional>

#include "router/ground.h"

namespace gp::router {

class QuotaWarning {
public:
    // Nothing for a transport that has no threshold.
    static Result<std::optional<QuotaWarning>> read(const Ground& ground, const conf::Driver& instance);
    // Empty, with a line in the log, when it cannot be expanded.
    std::string text(expand::Scene& scene) const;

private:
    explicit QuotaWarning(expand::Expression message) : message_(std::move(message)) {}
    expand::Expression message_;
    std::optional<expand::Expression> from_;
    std::string reply_to_;
};

}
