// Controls that cleanup obeys when the message is complete.

#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

constexpr auto receiving = where_mail | where_rcpt | where_predata | where_data | where_mime | where_not_smtp | where_prdr;

// It travels with the message as a variable; a transport may think otherwise (manual 60.1).
Status set_downconvert(Context& context, std::string_view options)
{
    if (!options.empty() && options != "1" && options != "0" && options != "-1")
        return misconfigured("bad option value for control=utf8_downconvert: \"" + escape(options) + "\"");
    std::erase_if(context.state.variables, [](const mail::Variable& one) { return one.name == "utf8_downconvert"; });
    context.state.variables.push_back({"utf8_downconvert", options.empty() ? "1" : std::string(options), false});
    return {};
}

const RegisterControl downconvert{{.name = "utf8_downconvert", .allowed_at = where_rcpt | where_vrfy, .takes_options = true,
                                   .apply = set_downconvert,
                                   .doc = "Envelope addresses in UTF-8 are sent in their ASCII form: 1 always, 0 never, -1 where a host needs it."}};
const RegisterControl freeze{{.name = "freeze", .allowed_at = receiving, .takes_options = true,
                              .doc = "The message is held on the queue."}};
const RegisterControl queue{{.name = "queue", .allowed_at = receiving, .takes_options = true,
                             .doc = "No immediate delivery: the message waits for a queue run."}};
const RegisterControl queue_only{{.name = "queue_only", .allowed_at = receiving, .takes_options = true,
                                  .doc = "The older name of queue."}};
const RegisterControl submission{{.name = "submission", .allowed_at = where_mail | where_rcpt | where_predata,
                                  .takes_options = true, .doc = "The client is a user's mail program: headers are completed."}};
const RegisterControl fixups{{.name = "suppress_local_fixups",
                              .allowed_at = where_mail | where_rcpt | where_predata | where_not_smtp_start,
                              .doc = "Headers of a local message are left alone."}};
const RegisterControl fakereject{{.name = "fakereject", .allowed_at = receiving & ~where_not_smtp, .takes_options = true,
                                  .doc = "The client hears a refusal, and the message is kept."}};
const RegisterControl fakedefer{{.name = "fakedefer", .allowed_at = receiving & ~where_not_smtp, .takes_options = true,
                                 .doc = "The client hears a deferral, and the message is kept."}};
const RegisterControl no_unspool{{.name = "no_mbox_unspool",
                                  .allowed_at = receiving | where_dkim | where_not_smtp_mime,
                                  .doc = "Files that parts were decoded into are kept."}};
const RegisterControl dkim{{.name = "dkim_disable_verify", .allowed_at = where_all & ~(where_data | where_prdr | where_not_smtp | where_not_smtp_start), .doc = "DKIM signatures of this message are not verified."}};

}
}
