// ${authresults{server name}}: an Authentication-Results: header (RFC 8601). Each method's part is a fact that
// the code which checked it left under "authresults_METHOD".

#include "common/expand/item.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<Text> authresults(const ItemCall& call)
{
    Text out = Text::clean("Authentication-Results: ");
    out.append(call.arguments[0]);
    for (std::string_view method : {"iprev", "auth", "spf", "dkim", "dmarc", "arc"})
        if (const auto* part = call.scene.find_fact("authresults_" + std::string(method)); part && !part->empty()) {
            out.append(";\n\t");
            out.append(*part);
        }
    return out;
}

const RegisterItem self{{
    .name = "authresults",
    .least = 1,
    .most = 1,
    .apply = authresults,
    .doc = "An Authentication-Results: header.",
}};

}
}
