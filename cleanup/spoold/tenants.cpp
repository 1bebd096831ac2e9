#include "cleanup/spoold/tenants.h"

#include "common/service/guests.h"

namespace gp::spoold {

Tenants::Tenant Tenants::of(const ipc::Channel& channel)
{
    return service::guest_of(channel.name());
}

std::shared_ptr<ipc::Channel> Tenants::qmgr_of(Tenant tenant) const
{
    const auto found = qmgrs_.find(tenant);
    return found == qmgrs_.end() ? nullptr : found->second.lock();
}

std::vector<spool::Key> Tenants::gone(const ipc::Channel& channel)
{
    const auto tenant = of(channel);
    const auto found = qmgrs_.find(tenant);
    if (tenant == suite || found == qmgrs_.end() || found->second.lock().get() != &channel)
        return {};
    qmgrs_.erase(found);
    std::vector<spool::Key> back;
    for (auto at = lent_.begin(); at != lent_.end();) {
        if (at->second == tenant) {
            back.push_back(at->first);
            at = lent_.erase(at);
        } else {
            ++at;
        }
    }
    return back;
}

Tenants::Tenant Tenants::holder(const spool::Key& id) const
{
    const auto found = lent_.find(id);
    return found == lent_.end() ? suite : found->second;
}

}
