#include "common/process/identity.h"
#include "conf/compile.h"
#include "delivery/bounce/parameters.h"

namespace gp::conf {

Result<std::string> bounce_parameters(const Context& context, const ServiceRow& row)
{
    auto parameters = context.filled<bounce::Parameters>();
    if (context.settings().is_written("dsn_from")) {
        const auto from = with_names(context, "dsn_from");
        if (!from)
            return misconfigured(
                "dsn_from may name $primary_hostname and $qualify_domain and no other variable");
        parameters.dsn_from = *from;
    }
    // Reports say U= and P=local as Exim's do, whose delivery process is the instance's own user.
    const auto owner = context.owners.of(row);
    parameters.uid = owner.uid == static_cast<uid_t>(-1) ? context.caller_uid : owner.uid;
    parameters.gid = owner.gid == static_cast<gid_t>(-1) ? context.caller_gid : owner.gid;
    if (const auto user = process::find_user(static_cast<uid_t>(parameters.uid)))
        parameters.login = user->name;
    return ipc::encode(parameters);
}

}
