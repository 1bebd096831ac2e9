// Controls that cleanup obeys when the message is complete.

#include "common/acl/modifier.h"

namespace gp::acl {
namespace {

constexpr auto receiving = where_mail | where_rcpt | where_predata | where_data | where_mime | where_not_smtp | where_prdr;

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
                                  .allowed_at = where_data | where_mime | where_prdr | where_dkim | where_not_smtp | where_not_smtp_mime,
                                  .doc = "Files that parts were decoded into are kept."}};
const RegisterControl dkim{{.name = "dkim_disable_verify", .doc = "DKIM signatures of this message are not verified."}};

}
}
