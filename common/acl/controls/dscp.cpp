// control = dscp/VALUE: how what is sent to this client is marked for the network (manual 44.20). A switch of the session's
// state, "dscp=46", which smtpd obeys.

#include "common/acl/modifier.h"
#include "common/net/dscp.h"

namespace gp::acl {
namespace {

Status mark(Context& context, std::string_view value)
{
    const auto number = net::parse_dscp(value);
    if (!number)
        return misconfigured("control=dscp/: " + number.error().text);
    auto& switches = context.state.switches;
    std::erase_if(switches, [](const std::string& word) { return word.starts_with("dscp="); });
    switches.push_back("dscp=" + std::to_string(*number));
    return {};
}

const RegisterControl self{{.name = "dscp",
                            .allowed_at = where_all & ~(where_not_smtp | where_not_smtp_start | where_not_smtp_mime | where_notquit),
                            .takes_options = true,
                            .apply = mark,
                            .doc = "What is sent to this client is marked with a DSCP value."}};

}
}
