// The rows that stand without a member: main options of look-up servers and checks, and the options of
// all drivers.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

using Rows = std::span<const config::Option>;

Rows server_rows(); // main: MySQL, LDAP and the like
Rows check_rows();  // main: callouts, scanners, SPF, DKIM, DMARC

Rows router_generic_rows();
Rows router_dnslookup_rows();
Rows router_iplookup_rows();
Rows router_manualroute_rows();
Rows router_queryprogram_rows();
Rows router_redirect_rows();

Rows transport_generic_rows();
Rows transport_appendfile_rows();
Rows transport_autoreply_rows();
Rows transport_lmtp_rows();
Rows transport_pipe_rows();
Rows transport_queuefile_rows();
Rows transport_smtp_rows();

Rows authenticator_generic_rows();
Rows authenticator_cram_md5_rows();
Rows authenticator_cyrus_sasl_rows();
Rows authenticator_dovecot_rows();
Rows authenticator_external_rows();
Rows authenticator_gsasl_rows();
Rows authenticator_heimdal_gssapi_rows();
Rows authenticator_plaintext_rows();
Rows authenticator_spa_rows();
Rows authenticator_tls_rows();

}
