#include "delivery/local/seen.h"

namespace gp::local {

Seen::Seen(const expand::World& world, const launcher::Sight& sight, const std::vector<std::string>& forbidden)
    : host_(sight.origin.host_address.empty() ? match::Host{} : match::Host{sight.origin.host_address}), headers_(sight.headers),
      scene_(world)
{
    if (!sight.origin.host_name.empty())
        host_.set_name(sight.origin.host_name);
    else
        host_.set_lookup_failed(); // nobody is asked here
    take_message(sight);
    take_address(sight);
    if (sight.has_origin)
        scene_.origin = &sight.origin;
    scene_.host = host_.is_remote() ? &host_ : nullptr;
    scene_.acl_variables = &sight.acl_variables;
    scene_.remembered = &remembered_;
    for (const auto& fact : sight.facts)
        scene_.facts.set(fact.name, {fact.value, fact.taint, {}}); // the sight outlives it
    scene_.forbidden.assign(forbidden.begin(), forbidden.end());
}

void Seen::take_message(const launcher::Sight& sight)
{
    if (!sight.has_message)
        return;
    message_.id = sight.message_id;
    message_.sender = sight.sender;
    message_.return_path = sight.return_path;
    message_.has_return_path = sight.has_return_path;
    message_.recipients = &sight.recipients;
    message_.recipients_are_shown = sight.recipients_are_shown;
    message_.recipients_count = sight.recipients_count;
    message_.received_for = sight.received_for;
    message_.size = sight.size;
    message_.body_size = sight.body_size;
    message_.linecount = sight.linecount;
    message_.body_linecount = sight.body_linecount;
    message_.body_zerocount = sight.body_zerocount;
    message_.max_received_linelength = sight.max_received_linelength;
    message_.received_count = sight.received_count;
    message_.received_time = sight.received_time;
    message_.age = sight.age;
    message_.body_start = sight.body_start;
    message_.body_end = sight.body_end;
    message_.headers = sight.has_headers ? &headers_ : nullptr;
    message_.queue_name = sight.queue_name;
    message_.originator_uid = sight.originator_uid;
    message_.originator_gid = sight.originator_gid;
    message_.smtputf8 = sight.smtputf8;
    message_.is_first_delivery = sight.is_first_delivery;
    message_.is_manually_thawed = sight.is_manually_thawed;
    message_.is_queue_run = sight.is_queue_run;
    scene_.message = &message_;
}

void Seen::take_address(const launcher::Sight& sight)
{
    if (!sight.has_address)
        return;
    address_.local_part = sight.local_part;
    address_.domain = sight.domain;
    address_.is_tainted = sight.address_is_tainted;
    address_.local_part_prefix = sight.local_part_prefix;
    address_.local_part_suffix = sight.local_part_suffix;
    address_.local_part_prefix_v = sight.local_part_prefix_v;
    address_.local_part_suffix_v = sight.local_part_suffix_v;
    address_.affix_is_tainted = sight.affix_is_tainted;
    address_.original_local_part = sight.original_local_part;
    address_.original_domain = sight.original_domain;
    address_.parent_local_part = sight.parent_local_part;
    address_.parent_domain = sight.parent_domain;
    address_.home = sight.home;
    address_.local_user_uid = sight.local_user_uid;
    address_.local_user_gid = sight.local_user_gid;
    address_.self_hostname = sight.self_hostname;
    address_.router_name = sight.router_name;
    scene_.address = &address_;
}

}
