#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/logd/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<std::string> log_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<logd::Parameters>();
    parameters.pending_limit = static_cast<std::uint32_t>(context.main().own.log_pending_limit);
    parameters.log_pid = context.selector.has("pid");
    parameters.log_millisec = context.selector.has("millisec");
    // Manual 53.1: a list of "syslog" and a path; an empty item is the default path.
    const std::string built_in = context.spool_directory() + "/log/%slog";
    const auto list =
        replace_all(context.main().logging.log_file_path.text, "$spool_directory", context.spool_directory());
    parameters.log_file_path.clear();
    for (const auto& item : config::split_list(list)) {
        if (item == "syslog")
            parameters.syslog = true;
        else
            parameters.log_file_path = item.empty() ? built_in : item;
    }
    if (parameters.log_file_path.empty() && !parameters.syslog)
        parameters.log_file_path = built_in;
    if (parameters.log_file_path.find('$') != std::string::npos)
        return misconfigured("log_file_path may name $spool_directory and no other variable");
    if (!parameters.log_file_path.empty() && parameters.log_file_path.find("%s") == std::string::npos)
        return misconfigured("log_file_path \"" + parameters.log_file_path + "\" does not contain \"%s\"");
    return ipc::encode(parameters);
}

}
