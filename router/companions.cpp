// The transports that a local transport brings along: its shadow (manual 24, shadow_transport), and those that file_format
// hands a mailbox of another format to (manual 26.2). Each is filled in as if it were the address's own.

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "router/transports.h"

namespace gp::router {
namespace {

// The rest is that of the delivery itself (of_transport).
Delivery stripped(Delivery delivery)
{
    for (std::string* shared : {&delivery.address, &delivery.unique, &delivery.router, &delivery.local_part, &delivery.domain,
                                &delivery.prefix, &delivery.suffix, &delivery.kind, &delivery.parent, &delivery.retry_key,
                                &delivery.one_time_parent, &delivery.ticket})
        shared->clear();
    delivery.ancestors.clear();
    return delivery;
}

// Whether the shadow has its turn; what cannot be expanded is told, and leaves it out.
bool is_wanted(const std::string& transport, const std::optional<expand::Expression>& condition, expand::Scene& scene)
{
    if (!condition)
        return true;
    const auto said = condition->expand(scene);
    if (!said && said.error().cause != Cause::forced_fail)
        log::warning("failed to expand condition \"" + condition->source() + "\" for " + transport + " transport: " + said.error().text);
    return said && expand::is_true(said->text);
}

}

Status Transports::read_companions(const Ground& ground, const conf::Driver& instance, Transport& transport)
{
    transport.shadow = instance.settings.text("shadow_transport");
    transport.shadow_condition = TRY(expression_of(ground, instance, "shadow_condition"));
    if (!instance.settings.find("file_format"))
        return {};
    const auto pairs = config::split_list(instance.settings.text("file_format"));
    for (std::size_t i = 1; i < pairs.size(); i += 2)
        if (pairs[i] != instance.name && std::ranges::find(transport.formats, pairs[i]) == transport.formats.end())
            transport.formats.push_back(pairs[i]);
    return {};
}

void Transports::fill_companions(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                                 expand::Scene& scene, expand::Address& address, const Delivery& before, Delivery& delivery) const
{
    const auto filled = [&](const std::string& name) -> Result<Delivery> {
        auto other = before;
        TRY(this->name(name, other));
        const auto& its = transports_.find(name)->second;
        if (its.is_remote)
            return temporary(name + " is a remote transport");
        TRY(fill_one(its, candidate, user, scene, address, other));
        return stripped(std::move(other));
    };
    for (const auto& name : transport.formats) {
        auto other = filled(name);
        if (!other) { // that it is missing is told when a mailbox asks for it
            log::warning("file_format of " + transport.name + " transport: " + other.error().text);
            continue;
        }
        // The same process does it (manual 26.2).
        other->uid = delivery.uid;
        other->gid = delivery.gid;
        other->user = delivery.user;
        other->groups = delivery.groups;
        delivery.formats.push_back(std::move(other).take());
    }
    if (transport.shadow.empty() || !is_wanted(transport.name, transport.shadow_condition, scene))
        return;
    auto shadow = filled(transport.shadow);
    auto made = shadow ? std::move(shadow).take() : Delivery{.transport = transport.shadow, .trouble = shadow.error().text};
    made.is_shadow = true;
    delivery.shadow.push_back(std::move(made));
}

}
