// control = cutthrough_delivery: the message goes on to its host before the client hears that it was taken (manual
// 44.20). router opens the connection behind the ACL of RCPT, cleanup sends the message over it.

#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

Status set_cutthrough(Context& context, std::string_view options)
{
    if (!options.empty() && options != "defer=pass" && options != "defer=spool")
        return misconfigured("bad option in control=cutthrough_delivery: \"" + escape(options) + "\" (defer=pass and defer=spool are known)");
    auto& controls = context.state.controls;
    std::erase_if(controls, [](const std::string& old) { return old.starts_with("cutthrough_delivery"); });
    controls.emplace_back(options == "defer=pass" ? "cutthrough_delivery/defer=pass" : "cutthrough_delivery");
    return {};
}

const RegisterControl cutthrough{{.name = "cutthrough_delivery", .allowed_at = where_rcpt, .takes_options = true, .apply = set_cutthrough,
                                  .doc = "The message is delivered while the client waits for its answer, which is the host's own: "
                                         "defer=spool (the host's deferral is not passed on, the message is kept) or defer=pass."}};

}
}
