// Controls of the session, and those that switch off checks which this version does not make.

#include "common/acl/modifier.h"

namespace gp::acl {
namespace {

Status nothing(Context&, std::string_view)
{
    return {};
}

const RegisterControl no_pipelining{{.name = "no_pipelining", .allowed_at = where_connect | where_helo,
                                     .apply = [](Context& context, std::string_view) -> Status {
                                         context.state.no_pipelining = "1";
                                         return {};
                                     },
                                     .doc = "PIPELINING is not offered."}};
// Signatures are not verified by this version, so that there is nothing to switch off.
const RegisterControl dkim{{.name = "dkim_disable_verify", .apply = nothing,
                            .doc = "DKIM signatures of this message are not verified."}};
const RegisterControl dmarc{{.name = "dmarc_disable_verify", .apply = nothing, .doc = "DMARC is not verified."}};

}
}
