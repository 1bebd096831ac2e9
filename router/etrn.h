// What ETRN starts: a queue run for the recipients that it names, or smtp_etrn_command.
#pragma once

#include <optional>
#include <string>

#include "common/ipc/link.h"
#include "router/atrn_protocol.h"
#include "router/etrn_protocol.h"
#include "router/programs.h"
#include "router/world.h"

namespace gp::router {

// Where the runs are started.
class EtrnOffice {
public:
    virtual ~EtrnOffice() = default;
    // False: the same is running. Suspends.
    virtual Result<bool> run_queue(const std::string& key, const std::string& recipient) = 0;
    virtual Result<bool> run_command(const std::string& key, std::vector<std::string> words) = 0;
    virtual Result<BeginAtrnReply> turn_around(const BeginAtrn& question) = 0; // atrn.cpp
};

class LinkedEtrnOffice final : public EtrnOffice {
public:
    // As whom, and the seconds that a command has.
    LinkedEtrnOffice(ipc::Link& qmgr, ProgramRunner& programs, std::uint32_t uid, std::uint32_t gid, std::uint32_t timeout)
        : qmgr_(qmgr), programs_(programs), uid_(uid), gid_(gid), timeout_(timeout)
    {
    }
    Result<bool> run_queue(const std::string& key, const std::string& recipient) override;
    Result<bool> run_command(const std::string& key, std::vector<std::string> words) override;
    Result<BeginAtrnReply> turn_around(const BeginAtrn& question) override;

private:
    ipc::Link& qmgr_;
    ProgramRunner& programs_;
    const std::uint32_t uid_, gid_, timeout_;
};

// Without an office nothing is started: -bh.
StartEtrnReply start_etrn(const World& world, const StartEtrn& question, EtrnOffice* office);

}
