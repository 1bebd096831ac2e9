#include "cleanup/submit/parameters.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "conf/compile.h"
#include "router/policy_protocol.h"

namespace gp::conf {

Result<std::string> submit_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<submit::Parameters>();
    const auto& own = context.main().own;
    parameters.connections_per_uid = static_cast<std::uint32_t>(own.submit_connections_per_uid);
    parameters.drop_interval = static_cast<std::uint32_t>(
        std::max<std::int64_t>(1, number_of(context.settings(), "submit_drop_interval").value_or(60)));
    parameters.expands_size_limit = !context.settings().expandable("message_size_limit").is_constant() ||
                                    !parse_size(trim(context.settings().expandable("message_size_limit").text)); // submit says what is wrong
    parameters.log_delay_delivery = context.selector.has("delay_delivery");
    parameters.phases = context.phases();
    parameters.drop_directory = context.spool_directory() + "/drop";
    const auto owner = report_owner(context);
    parameters.uid = owner.uid;
    parameters.gid = owner.gid;
    parameters.login = owner.login;
    return ipc::encode(parameters);
}

}
