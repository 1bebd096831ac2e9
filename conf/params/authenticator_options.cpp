#include "conf/params/detail/rows.h"

namespace gp::conf {
namespace {

using config::Option;
using config::Standing;
using config::Type;
using config::Use;

// clang-format off
const Option generic_rows[] = {
    {"driver", Type::string, Use::literal, nullptr, Standing::supported,
     "The kind of authenticator: plaintext, cram_md5, dovecot and others."},
    {"client_condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether the authenticator is used as a client."},
    {"client_set_id", Type::string, Use::expanded, nullptr, Standing::supported,
     "The identity that is logged for outgoing connections."},
    {"public_name", Type::string, Use::literal, nullptr, Standing::supported,
     "The name of the mechanism, as PLAIN or LOGIN."},
    {"server_advertise_condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether the mechanism is offered."},
    {"server_condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether the client is who it says."},
    {"server_debug_print", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text for debugging output."},
    {"server_mail_auth_condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether AUTH= of MAIL is believed."},
    {"server_set_id", Type::string, Use::expanded, nullptr, Standing::supported,
     "The identity of the client, $authenticated_id."},
};

const Option cram_md5_rows[] = {
    {"client_name", Type::string, Use::expanded, nullptr, Standing::supported,
     "The name that is sent; the host's own when unset."},
    {"client_secret", Type::string, Use::expanded, nullptr, Standing::supported,
     "The secret that goes with it."},
    {"server_secret", Type::string, Use::expanded, nullptr, Standing::supported,
     "The secret of the user in $auth1."},
};

const Option cyrus_sasl_rows[] = {
    {"server_hostname", Type::string, Use::expanded, "$primary_hostname", Standing::supported,
     "The host name that is told to the library."},
    {"server_mech", Type::string, Use::literal, nullptr, Standing::supported,
     "The library's name of the mechanism; public_name when unset."},
    {"server_realm", Type::string, Use::expanded, nullptr, Standing::supported,
     "The realm of the users."},
    {"server_service", Type::string, Use::literal, "smtp", Standing::supported,
     "The name of the service."},
};

const Option dovecot_rows[] = {
    {"server_socket", Type::string, Use::literal, nullptr, Standing::supported,
     "The socket of Dovecot's authentication service."},
};

const Option external_rows[] = {
    {"client_send", Type::string, Use::expanded, nullptr, Standing::supported,
     "The identity that is sent."},
    {"server_param2", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $auth2."},
    {"server_param3", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $auth3."},
};

const Option gsasl_rows[] = {
    {"client_authz", Type::string, Use::expanded, nullptr, Standing::supported,
     "The identity that is asked for."},
    {"client_channelbinding", Type::boolean, Use::literal, "false", Standing::supported,
     "Binds a SCRAM login to the TLS connection that it is made on (RFC 5802, RFC 9266), so that nobody in between can pass it "
     "on: the -PLUS form of the mechanism is used where the server offers it, and a server from whose offer somebody has "
     "taken it is told so. With a public_name that ends with -PLUS nothing else is used. TLS 1.2 needs an extended master "
     "secret for it."},
    {"client_password", Type::string, Use::expanded, nullptr, Standing::supported,
     "The password as a client."},
    {"client_spassword", Type::string, Use::expanded, nullptr, Standing::supported,
     "The salted password as a client."},
    {"client_username", Type::string, Use::expanded, nullptr, Standing::supported,
     "The user name as a client."},
    {"server_channelbinding", Type::boolean, Use::literal, "false", Standing::supported,
     "Binds a SCRAM login to the TLS connection that it is made on (RFC 5802, RFC 9266; \"tls-exporter\", and \"tls-unique\" "
     "below TLS 1.3), so that nobody in between can pass it on. In TLS the -PLUS form of the mechanism is offered beside the "
     "plain one, and a client that could have used it but has not seen it is refused: somebody has changed our offer on its "
     "way. With a public_name that ends with -PLUS only that form is offered. TLS 1.2 needs an extended master secret for it; "
     "behind a proxy that speaks XCLIENT nothing is bound, since the client's TLS ends there."},
    {"server_hostname", Type::string, Use::expanded, "$primary_hostname", Standing::moot,
     "The host name that is told to the library."},
    {"server_key", Type::string, Use::expanded, nullptr, Standing::supported,
     "The server key for SCRAM."},
    {"server_mech", Type::string, Use::literal, nullptr, Standing::supported,
     "The library's name of the mechanism; public_name when unset."},
    {"server_password", Type::string, Use::expanded, nullptr, Standing::supported,
     "The password of the user."},
    {"server_realm", Type::string, Use::expanded, nullptr, Standing::moot,
     "The realm of the users."},
    {"server_scram_iter", Type::string, Use::expanded, "4096", Standing::supported,
     "The iteration count for SCRAM."},
    {"server_scram_salt", Type::string, Use::expanded, nullptr, Standing::supported,
     "The salt for SCRAM."},
    {"server_service", Type::string, Use::literal, "smtp", Standing::moot,
     "The name of the service."},
    {"server_skey", Type::string, Use::expanded, nullptr, Standing::supported,
     "The stored key for SCRAM."},
};

const Option heimdal_gssapi_rows[] = {
    {"server_hostname", Type::string, Use::expanded, "$primary_hostname", Standing::not_yet,
     "The host name of the service's key."},
    {"server_keytab", Type::string, Use::expanded, nullptr, Standing::not_yet,
     "The key table."},
    {"server_service", Type::string, Use::expanded, "smtp", Standing::not_yet,
     "The name of the service."},
};

const Option plaintext_rows[] = {
    {"client_ignore_invalid_base64", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether malformed challenges are taken for empty ones."},
    {"client_send", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "What is sent, item by item."},
    {"server_prompts", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "What the client is asked, item by item."},
};

const Option spa_rows[] = {
    {"client_domain", Type::string, Use::expanded, nullptr, Standing::supported,
     "The domain as a client."},
    {"client_password", Type::string, Use::expanded, nullptr, Standing::supported,
     "The password as a client."},
    {"client_username", Type::string, Use::expanded, nullptr, Standing::supported,
     "The user name as a client."},
    {"server_password", Type::string, Use::expanded, nullptr, Standing::supported,
     "The password of the user."},
};

const Option tls_rows[] = {
    {"server_param1", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $auth1."},
    {"server_param2", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $auth2."},
    {"server_param3", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $auth3."},
};
// clang-format on

}

std::span<const Option> authenticator_generic_rows()
{
    return generic_rows;
}

std::span<const Option> authenticator_cram_md5_rows()
{
    return cram_md5_rows;
}

std::span<const Option> authenticator_cyrus_sasl_rows()
{
    return cyrus_sasl_rows;
}

std::span<const Option> authenticator_dovecot_rows()
{
    return dovecot_rows;
}

std::span<const Option> authenticator_external_rows()
{
    return external_rows;
}

std::span<const Option> authenticator_gsasl_rows()
{
    return gsasl_rows;
}

std::span<const Option> authenticator_heimdal_gssapi_rows()
{
    return heimdal_gssapi_rows;
}

std::span<const Option> authenticator_plaintext_rows()
{
    return plaintext_rows;
}

std::span<const Option> authenticator_spa_rows()
{
    return spa_rows;
}

std::span<const Option> authenticator_tls_rows()
{
    return tls_rows;
}

}
