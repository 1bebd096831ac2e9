// What the configuration asks of the name that a client gives with HELO, before any ACL: helo_lookup_domains and
// helo_verify_hosts.

#include "router/acl_policy.h"

namespace gp::router {

// helo_lookup_domains: a client that bears one of these names in HELO, ours above all, is asked for by its address.
Status AclPolicy::look_up_borrowed_name(expand::Scene& scene, AskReply& reply) const
{
    const auto names = domain_lists_.find("helo_lookup_domains");
    const bool is_known = !scene.host || !scene.host->name().empty() || !scene.origin || scene.origin->host_lookup_failed;
    if (names == domain_lists_.end() || is_known || !TRY(names->second.domain(scene, scene.origin->helo_name)))
        return {};
    const auto found = scene.host->find_name(world_.expansions().lists.names());
    reply.host_name = scene.host->name();
    reply.host_lookup_failed = found == match::Host::Lookup::failed;
    return {};
}

// What an ACL has found out about the client's name serves the rest of the session.
void AclPolicy::tell_name(const expand::Scene& scene, const Ask& question, AskReply& reply)
{
    if (!scene.host || !question.origin.host_name.empty() || !reply.host_name.empty())
        return;
    reply.host_name = scene.host->name();
    reply.host_lookup_failed = scene.host->lookup() == match::Host::Lookup::failed;
}

// helo_verify_hosts: the name that the client gives must be its own. helo_try_verify_hosts: it is looked for.
Result<bool> AclPolicy::bears_false_name(expand::Scene& scene, acl::HeloCheck& named) const
{
    const bool must = TRY(host_matches("helo_verify_hosts", scene));
    if (!must && !TRY(host_matches("helo_try_verify_hosts", scene)))
        return false;
    named = acl::check_helo(scene);
    return must && named.is_own != acl::Truth::yes;
}

}
