#include "cleanup/spoold/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<std::string> spoold_parameters(const Context& context, const ServiceRow&)
{
    return ipc::encode(context.filled<spoold::Parameters>());
}

}
