#include "conf/params/acls.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Acls;

// clang-format off
const config::Param<M> rows[] = {
    {"acl_smtp_connect", &M::acl_smtp_connect, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL when a client connects."},
    {"acl_smtp_helo", &M::acl_smtp_helo, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for HELO and EHLO."},
    {"acl_smtp_starttls", &M::acl_smtp_starttls, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for STARTTLS."},
    {"acl_smtp_auth", &M::acl_smtp_auth, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for AUTH."},
    {"acl_smtp_mail", &M::acl_smtp_mail, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for MAIL."},
    {"acl_smtp_mailauth", &M::acl_smtp_mailauth, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for the AUTH= parameter of MAIL."},
    {"acl_smtp_rcpt", &M::acl_smtp_rcpt, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for RCPT. Without one no recipient is accepted."},
    {"acl_smtp_predata", &M::acl_smtp_predata, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for DATA, before the message comes."},
    {"acl_smtp_mime", &M::acl_smtp_mime, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for each MIME part."},
    {"acl_smtp_dkim", &M::acl_smtp_dkim, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for each DKIM signature."},
    {"acl_smtp_data", &M::acl_smtp_data, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL when the whole message has come."},
    {"acl_smtp_data_prdr", &M::acl_smtp_data_prdr, Type::string, Use::expanded, "accept", Standing::supported,
     "The ACL for each recipient after the data, when PRDR is in use."},
    {"acl_smtp_etrn", &M::acl_smtp_etrn, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for ETRN. Without one ETRN is refused."},
    {"acl_smtp_atrn", &M::acl_smtp_atrn, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for ATRN (RFC 2645): an authenticated client turns the connection around and gets the mail that is queued for its "
     "domains over it, in TLS when it said ATRN there. Without an ACL ATRN is refused. The condition atrn_domains says which "
     "domains are the client's. Routers see $atrn_mode as P and the client as $atrn_host (route_data = <;$atrn_host); what they give to an smtp transport, "
     "of those domains, goes over the connection, whatever its hosts are, and retry times, hold_domains and queue_domains do not "
     "count. All else stays in the queue, as does what was not taken when the connection ends."},
    {"acl_smtp_vrfy", &M::acl_smtp_vrfy, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for VRFY. Without one VRFY is refused."},
    {"acl_smtp_expn", &M::acl_smtp_expn, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for EXPN. Without one EXPN is refused."},
    {"acl_smtp_wellknown", &M::acl_smtp_wellknown, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for WELLKNOWN, which asks for a file by a path: $smtp_command_argument has it, in xtext. An accept statement names the "
     "file by control = wellknown/FILE. Without an ACL WELLKNOWN is refused."},
    {"acl_smtp_quit", &M::acl_smtp_quit, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for QUIT."},
    {"acl_smtp_notquit", &M::acl_smtp_notquit, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL when a session ends without QUIT."},
    {"acl_not_smtp", &M::acl_not_smtp, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for a message of a local program, when it has been read."},
    {"acl_not_smtp_start", &M::acl_not_smtp_start, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for a message of a local program, before it is read."},
    {"acl_not_smtp_mime", &M::acl_not_smtp_mime, Type::string, Use::expanded, nullptr, Standing::supported,
     "The ACL for each MIME part of a message of a local program."},
    {"strict_acl_vars", &M::strict_acl_vars, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether naming an ACL variable that was never set is an error, and not the empty text."},
};
// clang-format on

}

std::span<const config::Param<Acls>> Acls::params()
{
    return rows;
}

}
