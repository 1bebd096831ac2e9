// The address in hand: $local_part, $domain, $home, $address_data, $host …

#include "common/expand/detail/values.h"

namespace gp::expand {
namespace {

Got of_address(const Scene& scene, std::string_view words, std::string_view source)
{
    return address_of(scene).is_tainted ? tainted(words, source) : clean(words);
}

Got local_part(Scene& scene, std::string_view)
{
    if (scene.local_part)
        return *scene.local_part;
    return of_address(scene, address_of(scene).local_part, "$local_part");
}

Got domain(Scene& scene, std::string_view)
{
    if (scene.domain)
        return *scene.domain;
    return of_address(scene, address_of(scene).domain, "$domain");
}

Got affix(const Scene& scene, std::string_view words, std::string_view source)
{
    return address_of(scene).affix_is_tainted ? tainted(words, source) : clean(words);
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "local_part", .get = local_part, .instead = "$local_part_data", .doc = "The local part, without prefix and suffix."}},
    RegisterVariable{{.name = "domain", .get = domain, .instead = "$domain_data", .doc = "The domain, in lower case."}},
    RegisterVariable{{.name = "local_part_data", .doc = "What local_parts or check_local_user matched."}},
    RegisterVariable{{.name = "domain_data", .doc = "What domains matched."}},
    RegisterVariable{{.name = "sender_data", .doc = "What senders matched."}},
    RegisterVariable{{.name = "recipient_data", .doc = "What recipients matched."}},
    RegisterVariable{{.name = "host_data", .doc = "What hosts matched."}},
    RegisterVariable{{.name = "local_part_prefix", .get = [](Scene& scene, std::string_view) { return affix(scene, address_of(scene).local_part_prefix, "$local_part_prefix"); }, .doc = "The prefix that was taken off."}},
    RegisterVariable{{.name = "local_part_prefix_v", .get = [](Scene& scene, std::string_view) { return affix(scene, address_of(scene).local_part_prefix_v, "$local_part_prefix_v"); }, .doc = "Its variable part."}},
    RegisterVariable{{.name = "local_part_suffix", .get = [](Scene& scene, std::string_view) { return affix(scene, address_of(scene).local_part_suffix, "$local_part_suffix"); }, .doc = "The suffix that was taken off."}},
    RegisterVariable{{.name = "local_part_suffix_v", .get = [](Scene& scene, std::string_view) { return affix(scene, address_of(scene).local_part_suffix_v, "$local_part_suffix_v"); }, .doc = "Its variable part."}},
    RegisterVariable{{.name = "original_local_part", .get = [](Scene& scene, std::string_view) { return tainted(address_of(scene).original_local_part, "$original_local_part"); }, .doc = "Of the address that the message came for."}},
    RegisterVariable{{.name = "original_domain", .get = [](Scene& scene, std::string_view) { return tainted(address_of(scene).original_domain, "$original_domain"); }, .doc = "Of the address that the message came for."}},
    RegisterVariable{{.name = "parent_local_part", .get = [](Scene& scene, std::string_view) { return tainted(address_of(scene).parent_local_part, "$parent_local_part"); }, .doc = "Of the address that led to this one."}},
    RegisterVariable{{.name = "parent_domain", .get = [](Scene& scene, std::string_view) { return tainted(address_of(scene).parent_domain, "$parent_domain"); }, .doc = "Of the address that led to this one."}},
    RegisterVariable{{.name = "home", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).home); }, .doc = "The home directory."}},
    RegisterVariable{{.name = "local_user_uid", .get = [](Scene& scene, std::string_view) { return id(address_of(scene).local_user_uid); }, .doc = "Of the local user."}},
    RegisterVariable{{.name = "local_user_gid", .get = [](Scene& scene, std::string_view) { return id(address_of(scene).local_user_gid); }, .doc = "Of the local user."}},
    RegisterVariable{{.name = "address_data", .doc = "What a router's address_data made."}},
    RegisterVariable{{.name = "sender_address_data", .doc = "The same, of a verified sender."}},
    RegisterVariable{{.name = "address_file", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).address_file); }, .doc = "The file that a redirection named."}},
    RegisterVariable{{.name = "address_pipe", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).address_pipe); }, .doc = "The command that a redirection named."}},
    RegisterVariable{{.name = "host", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).host); }, .doc = "The host that the message goes to."}},
    RegisterVariable{{.name = "host_address", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).host_address); }, .doc = "Its address."}},
    RegisterVariable{{.name = "host_port", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).host_port); }, .doc = "Its port."}},
    RegisterVariable{{.name = "self_hostname", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).self_hostname); }, .doc = "The host that turned out to be this one."}},
    RegisterVariable{{.name = "router_name", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).router_name); }, .doc = "The router that runs."}},
    RegisterVariable{{.name = "transport_name", .get = [](Scene& scene, std::string_view) { return clean(address_of(scene).transport_name); }, .doc = "The transport that runs."}},
    RegisterVariable{{.name = "sending_ip_address", .doc = "The local address of the connection out."}},
    RegisterVariable{{.name = "sending_port", .absent = "-1", .doc = "Its port."}},
    RegisterVariable{{.name = "thisaddress", .doc = "The address in hand of foranyaddress."}},
    RegisterVariable{{.name = "verify_mode", .doc = "S or R while an address is verified."}},
    RegisterVariable{{.name = "event_name", .doc = "Which event it is."}},
    RegisterVariable{{.name = "event_data", .doc = "What the event is about."}},
    RegisterVariable{{.name = "event_defer_errno", .absent = "0", .doc = "The error number of a deferral."}},
};
// clang-format on

}
}
