#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/logd/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<LogTarget> log_file_path(const Context& context)
{
    LogTarget target;
    // Manual 53.1: a list of "syslog" and a path, and of "journald" here; an empty item is the default path.
    const std::string built_in = context.spool_directory() + "/log/%slog";
    const auto list =
        replace_all(context.main().logging.log_file_path.text, "$spool_directory", context.spool_directory());
    for (const auto& item : config::split_list(list)) {
        if (item == "syslog")
            target.syslog = true;
        else if (item == "journald")
            target.journald = true;
        else
            target.path = item.empty() ? built_in : item;
    }
    if (target.path.empty() && !target.syslog && !target.journald)
        target.path = built_in;
    if (target.path.find('$') != std::string::npos)
        return misconfigured("log_file_path may name $spool_directory and no other variable");
    if (!target.path.empty() && target.path.find("%s") == std::string::npos)
        return misconfigured("log_file_path \"" + target.path + "\" does not contain \"%s\"");
    return target;
}

Result<std::string> log_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<logd::Parameters>();
    parameters.pending_limit = static_cast<std::uint32_t>(context.main().own.log_pending_limit);
    parameters.log_pid = context.selector.has("pid");
    parameters.log_millisec = context.selector.has("millisec");
    auto target = TRY(log_file_path(context));
    parameters.log_file_path = std::move(target.path);
    parameters.syslog = target.syslog;
    parameters.journald = target.journald;
    return ipc::encode(parameters);
}

}
