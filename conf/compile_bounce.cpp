#include "common/process/identity.h"
#include "conf/compile.h"
#include "delivery/bounce/parameters.h"

namespace gp::conf {

ReportOwner report_owner(const Context& context)
{
    const auto row = std::ranges::find(context.table, "bounce", &ServiceRow::name);
    const auto owner = row == context.table.end() ? Owner{} : context.owners.of(*row);
    ReportOwner out{owner.uid == static_cast<uid_t>(-1) ? context.caller_uid : owner.uid,
                    owner.gid == static_cast<gid_t>(-1) ? context.caller_gid : owner.gid,
                    {}};
    if (const auto user = process::find_user(out.uid))
        out.login = user->name;
    return out;
}

Result<std::string> bounce_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<bounce::Parameters>();
    if (context.settings().is_written("dsn_from")) {
        const auto from = with_names(context, "dsn_from");
        if (!from)
            return misconfigured(
                "dsn_from may name $primary_hostname and $qualify_domain and no other variable");
        parameters.dsn_from = *from;
    }
    const auto owner = report_owner(context);
    parameters.uid = owner.uid;
    parameters.gid = owner.gid;
    parameters.login = owner.login;
    return ipc::encode(parameters);
}

}
