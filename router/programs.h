// Running a program for its answer: queryprogram and ${run. Router has no right to execute anything and needs none; it
// asks launcher (delivery/local/program_protocol.h).
#pragma once

#include "common/expand/effects.h"
#include "common/ipc/link.h"
#include "delivery/local/program_protocol.h"

namespace gp::router {

class ProgramRunner {
public:
    virtual ~ProgramRunner() = default;
    // Suspends. An error: it could not be asked for, or launcher refuses it.
    virtual Result<launcher::ProgramReply> run(const launcher::ProgramQuestion& question) = 0;
};

class LauncherPrograms final : public ProgramRunner {
public:
    explicit LauncherPrograms(ipc::Link& launcher) : launcher_(launcher) {}
    Result<launcher::ProgramReply> run(const launcher::ProgramQuestion& question) override
    {
        // launcher's own deadline comes first; no question is asked for longer than a day.
        const auto seconds = question.timeout ? std::int64_t{question.timeout} + 10 : 86400;
        return launcher_.call(question, event::Deadline::in(Duration{seconds * 1000}));
    }

private:
    ipc::Link& launcher_;
};

// ${run, of a program that the configuration names.
class LauncherRunner final : public expand::Runner {
public:
    // As whom, and the seconds that a program has.
    LauncherRunner(ProgramRunner& programs, std::uint32_t uid, std::uint32_t gid, std::uint32_t timeout)
        : programs_(programs), uid_(uid), gid_(gid), timeout_(timeout)
    {
    }
    Result<expand::RunResult> run(const std::vector<std::string>& arguments) override;

private:
    ProgramRunner& programs_;
    const std::uint32_t uid_, gid_, timeout_;
};

}
