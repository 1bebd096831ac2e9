#include "conf/compile.h"
#include "router/tally/parameters.h"

namespace gp::conf {

Result<std::string> tally_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<tally::Parameters>();
    parameters.hints_directory = context.spool_directory() + "/tally";
    return ipc::encode(parameters);
}

}
