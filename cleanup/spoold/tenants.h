// Which qmgr schedules which message. The suite's own has all that nobody else has. A guest (a suite of one command
// with a configuration of its own, which shares our spool) has what its own cleanup brought and what it has borrowed,
// until its qmgr's channel is gone: then all of it is the suite's again. Nothing of this is on the disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "common/ipc/channel.h"
#include "common/spool/index.h"

namespace gp::spoold {

class Tenants {
public:
    using Tenant = std::uint32_t;
    static constexpr Tenant suite = 0;
    static Tenant of(const ipc::Channel& channel);

    // This is the tenant's qmgr from now on.
    void subscribe(Tenant tenant, std::weak_ptr<ipc::Channel> qmgr) { qmgrs_[tenant] = std::move(qmgr); }
    // Null while it is not there.
    std::shared_ptr<ipc::Channel> qmgr_of(Tenant tenant) const;
    // The channel is gone. When it was the qmgr of a guest: what that had, and is the suite's now.
    std::vector<spool::Key> gone(const ipc::Channel& channel);

    void lend(const spool::Key& id, Tenant to) { lent_[id] = to; }
    void forget(const spool::Key& id) { lent_.erase(id); } // the message is no more
    Tenant holder(const spool::Key& id) const;
    bool holds(Tenant tenant, const spool::Key& id) const { return holder(id) == tenant; }

private:
    std::map<Tenant, std::weak_ptr<ipc::Channel>> qmgrs_;
    std::map<spool::Key, Tenant> lent_;
};

}
