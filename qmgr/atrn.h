// ATRN (RFC 2645): begins the runs over connections that clients turned around, a bounded number of them, one at a time for
// each login and each domain.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "qmgr/core.h"
#include "qmgr/queue_runs.h"
#include "qmgr/turned.h"
#include "router/atrn_protocol.h"

namespace gp::qmgr {

class AtrnRuns {
public:
    AtrnRuns(Core& core, QueueRuns& runs) : core_(core), runs_(runs) {}

    // Looks for mail, and begins when there is some. Suspends.
    Result<router::BeginAtrnReply> begin(const router::BeginAtrn& order);

private:
    struct Place { // of a link that is begun or being begun
        std::string login;
        std::vector<std::string> domains;
    };
    std::string obstacle(const router::BeginAtrn& order) const;
    Result<router::BeginAtrnReply> begin_at(std::list<Place>::iterator place, const router::BeginAtrn& order);
    void run(const std::shared_ptr<Turned>& turned);

    Core& core_;
    QueueRuns& runs_;
    std::list<Place> places_;
};

}
