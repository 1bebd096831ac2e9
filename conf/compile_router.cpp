#include "conf/compile.h"
#include "conf/kept_environment.h"
#include "conf/peers.h"
#include "conf/reach.h"
#include "router/parameters.h"

namespace gp::conf {

Result<std::string> router_parameters(const Context& context, const ServiceRow& row)
{
    auto parameters = context.filled<router::Parameters>();
    parameters.own_addresses.clear();
    for (const auto& address : context.own_addresses)
        parameters.own_addresses.push_back(address.text());
    for (const auto& text : context.settings().list("extra_local_interfaces"))
        if (const auto address = net::Address::parse(text))
            parameters.own_addresses.push_back(address->text());
    parameters.smtp_ports.clear();
    for (const auto& listening : context.listening)
        parameters.smtp_ports.push_back(listening.row.address.port());
    if (parameters.smtp_ports.empty()) // a suite for one command: its daemon would be there
        parameters.smtp_ports = {25};
    parameters.dns_servers = context.dns_servers;
    parameters.config_file = context.configuration.file;
    parameters.log_directory = context.spool_directory() + "/log";
    const auto owner = context.owners.of(row);
    const bool is_callers = owner.uid == static_cast<uid_t>(-1); // an ordinary user's instance is theirs
    parameters.instance_uid = is_callers ? context.caller_uid : owner.uid;
    parameters.instance_gid = is_callers ? context.caller_gid : owner.gid;
    parameters.remote_uid = TRY(context.uid_of("remote"));
    const auto runner = context.runner();
    parameters.run_uid = runner.uid;
    parameters.run_gid = runner.gid;
    parameters.environment = kept_environment(context.main().process);
    parameters.reads = places_named_in(context.configuration);
    parameters.peers = peers_named_in(context.configuration);
    return ipc::encode(parameters);
}

}
