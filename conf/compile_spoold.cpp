#include "cleanup/spoold/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<std::string> spoold_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<spoold::Parameters>();
    const auto log_file = TRY(log_file_path(context)).path;
    parameters.log_directory = log_file.substr(0, log_file.find_last_of('/') + 1); // empty: syslog alone
    return ipc::encode(parameters);
}

}
