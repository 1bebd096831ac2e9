// Resolves through libunbound on our event loop, with DNSSEC validation from a trust anchor: for
// administrators who do not want to believe their servers' AD bit.
//
// Everything it needs comes as values (settings.h); it opens no file, only sockets. A bogus answer is a
// temporary error, never a "no" (RFC 7672 section 2.1).
#pragma once

#include <memory>

#include "common/dns/resolver.h"
#include "common/dns/settings.h"

struct ub_ctx;

namespace gp::dns {

class UnboundResolver final : public Resolver {
public:
    static Result<std::unique_ptr<UnboundResolver>> make(const ResolverSettings& settings,
                                                         const AnswerLimits& limits = {});
    ~UnboundResolver() override;
    Result<Answer> lookup(std::string_view name, Type type, event::Deadline until) override;

private:
    UnboundResolver(ub_ctx* context, const AnswerLimits& limits) : context_(context), limits_(limits) {}

    ub_ctx* context_;
    AnswerLimits limits_;
};

}
