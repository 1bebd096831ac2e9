// The options of the smtp transport (manual chapter 30.4) as they come with a delivery, and the table of all of
// them that says who obeys which. The configuration check reads the table; remote refuses by it what it cannot do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"
#include "router/expansion_protocol.h"

namespace gp::remote {

enum class ObeyedBy {
    remote,  // here
    router,  // before the delivery comes here
    qmgr,    // likewise: grouping, retry keys
    nobody,  // has no effect, and does no harm without
    not_yet, // a delivery that sets it is deferred with a message; the check refuses it
};

struct OptionRow {
    std::string_view name;
    ObeyedBy by;
};

// clang-format off
inline constexpr std::array option_table = {
    OptionRow{"address_retry_include_sender", ObeyedBy::qmgr},
    OptionRow{"allow_localhost",              ObeyedBy::router},
    OptionRow{"authenticated_sender",         ObeyedBy::remote},
    OptionRow{"authenticated_sender_force",   ObeyedBy::remote},
    OptionRow{"body_only",                    ObeyedBy::remote},
    OptionRow{"command_timeout",              ObeyedBy::remote},
    OptionRow{"connect_timeout",              ObeyedBy::remote},
    OptionRow{"connection_max_messages",      ObeyedBy::remote},
    OptionRow{"dane_require_tls_ciphers",     ObeyedBy::remote},
    OptionRow{"data_timeout",                 ObeyedBy::remote},
    OptionRow{"delay_after_cutoff",           ObeyedBy::qmgr},
    OptionRow{"delivery_date_add",            ObeyedBy::remote},
    OptionRow{"disable_logging",              ObeyedBy::qmgr},
    OptionRow{"dkim_canon",                   ObeyedBy::router},
    OptionRow{"dkim_domain",                  ObeyedBy::router},
    OptionRow{"dkim_hash",                    ObeyedBy::router},
    OptionRow{"dkim_identity",                ObeyedBy::router},
    OptionRow{"dkim_private_key",             ObeyedBy::router},
    OptionRow{"dkim_selector",                ObeyedBy::router},
    OptionRow{"dkim_sign_headers",            ObeyedBy::router},
    OptionRow{"dkim_signature",               ObeyedBy::remote}, // what router makes of the others
    OptionRow{"dkim_strict",                  ObeyedBy::router},
    OptionRow{"dkim_timestamps",              ObeyedBy::router},
    OptionRow{"dns_qualify_single",           ObeyedBy::router},
    OptionRow{"dns_search_parents",           ObeyedBy::router},
    OptionRow{"dnssec_request_domains",       ObeyedBy::router},
    OptionRow{"dnssec_require_domains",       ObeyedBy::router},
    OptionRow{"dscp",                         ObeyedBy::remote},
    OptionRow{"envelope_to_add",              ObeyedBy::remote},
    OptionRow{"fallback_hosts",               ObeyedBy::router},
    OptionRow{"final_timeout",                ObeyedBy::remote},
    OptionRow{"gethostbyname",                ObeyedBy::router},
    OptionRow{"gnutls_compat_mode",           ObeyedBy::nobody}, // no GnuTLS here
    OptionRow{"headers_only",                 ObeyedBy::remote},
    OptionRow{"helo_data",                    ObeyedBy::remote},
    OptionRow{"host_name_extract",            ObeyedBy::remote},
    OptionRow{"hosts",                        ObeyedBy::router},
    OptionRow{"hosts_avoid_esmtp",            ObeyedBy::remote},
    OptionRow{"hosts_avoid_pipelining",       ObeyedBy::remote},
    OptionRow{"hosts_avoid_tls",              ObeyedBy::remote},
    OptionRow{"hosts_max_try",                ObeyedBy::remote},
    OptionRow{"hosts_max_try_hardlimit",      ObeyedBy::remote},
    OptionRow{"hosts_nopass_tls",             ObeyedBy::remote},
    OptionRow{"hosts_noproxy_tls",            ObeyedBy::remote},
    OptionRow{"hosts_override",               ObeyedBy::router},
    OptionRow{"hosts_pipe_connect",           ObeyedBy::remote},
    OptionRow{"hosts_randomize",              ObeyedBy::remote},
    OptionRow{"hosts_request_ocsp",           ObeyedBy::remote},
    OptionRow{"hosts_require_alpn",           ObeyedBy::remote},
    OptionRow{"hosts_require_auth",           ObeyedBy::remote},
    OptionRow{"hosts_require_dane",           ObeyedBy::remote},
    OptionRow{"hosts_require_ocsp",           ObeyedBy::remote},
    OptionRow{"hosts_require_tls",            ObeyedBy::remote},
    OptionRow{"hosts_try_auth",               ObeyedBy::remote},
    OptionRow{"hosts_try_chunking",           ObeyedBy::remote},
    OptionRow{"hosts_try_dane",               ObeyedBy::remote},
    OptionRow{"hosts_try_fastopen",           ObeyedBy::nobody}, // saves a round trip, where it is done
    OptionRow{"hosts_try_prdr",               ObeyedBy::remote},
    OptionRow{"hosts_verify_avoid_tls",       ObeyedBy::remote},
    OptionRow{"interface",                    ObeyedBy::remote},
    OptionRow{"keepalive",                    ObeyedBy::remote},
    OptionRow{"lmtp_ignore_quota",            ObeyedBy::remote},
    OptionRow{"max_parallel",                 ObeyedBy::qmgr},
    OptionRow{"max_rcpt",                     ObeyedBy::remote},
    OptionRow{"message_linelength_limit",     ObeyedBy::remote},
    OptionRow{"multi_domain",                 ObeyedBy::qmgr},
    OptionRow{"port",                         ObeyedBy::remote},
    OptionRow{"protocol",                     ObeyedBy::remote},
    OptionRow{"rcpt_include_affixes",         ObeyedBy::qmgr}, // which makes what RCPT gets
    OptionRow{"retry_include_ip_address",     ObeyedBy::qmgr},
    OptionRow{"return_path_add",              ObeyedBy::remote},
    OptionRow{"serialize_hosts",              ObeyedBy::qmgr},
    OptionRow{"size_addition",                ObeyedBy::remote},
    OptionRow{"socks_proxy",                  ObeyedBy::remote},
    OptionRow{"tls_alpn",                     ObeyedBy::remote},
    OptionRow{"tls_certificate",              ObeyedBy::remote},
    OptionRow{"tls_crl",                      ObeyedBy::remote},
    OptionRow{"tls_dh_min_bits",              ObeyedBy::nobody}, // "only supported when using GnuTLS"
    OptionRow{"tls_privatekey",               ObeyedBy::remote}, // told to keyd at start
    OptionRow{"tls_require_ciphers",          ObeyedBy::remote},
    OptionRow{"tls_resumption_hosts",         ObeyedBy::remote},
    OptionRow{"tls_sni",                      ObeyedBy::remote},
    OptionRow{"tls_tempfail_tryclear",        ObeyedBy::remote},
    OptionRow{"tls_try_verify_hosts",         ObeyedBy::remote},
    OptionRow{"tls_verify_cert_hostnames",    ObeyedBy::remote},
    OptionRow{"tls_verify_certificates",      ObeyedBy::remote},
    OptionRow{"tls_verify_hosts",             ObeyedBy::remote},
    OptionRow{"transport_filter",             ObeyedBy::remote},
    OptionRow{"transport_filter_timeout",     ObeyedBy::remote},
    OptionRow{"utf8_downconvert",             ObeyedBy::remote},
};
// clang-format on

const OptionRow* find_option(std::string_view name);

struct SmtpOptions {
    std::string protocol = "smtp";
    std::string port; // empty: the protocol's own
    std::string helo_data, interface_list, socks_proxy;
    Duration connect_timeout{300'000}, command_timeout{300'000}, data_timeout{300'000}, final_timeout{600'000};
    std::int64_t size_addition = 1024;
    std::int64_t hosts_max_try = 5, hosts_max_try_hardlimit = 50;
    std::int64_t message_linelength_limit = 998;
    int dscp = -1;
    bool downconvert_is_asked = false; // by the transport or an ACL
    int utf8_downconvert = -1; // 1 always, 0 never, -1 where the host does not offer SMTPUTF8
    bool hosts_randomize = false, keepalive = true, lmtp_ignore_quota = false, tls_tempfail_tryclear = true;
    std::string hosts_avoid_esmtp, hosts_avoid_pipelining, hosts_avoid_tls, hosts_verify_avoid_tls, hosts_require_tls, hosts_try_chunking = "*",
        hosts_try_prdr = "*",
        hosts_nopass_tls, hosts_noproxy_tls, hosts_require_alpn, hosts_request_ocsp = "*", hosts_require_ocsp, hosts_require_auth, hosts_try_auth,
        hosts_require_dane, hosts_try_dane = "*", dane_require_tls_ciphers, hosts_pipe_connect;
    std::string tls_resumption_hosts, host_name_extract;
    std::string authenticated_sender;
    std::vector<std::string> dkim_signatures; // sign::DkimRequest, as text
    bool authenticated_sender_force = false;
    std::vector<std::string> transport_filter; // its words
    Duration transport_filter_timeout{300'000};
    bool body_only = false, headers_only = false, return_path_add = false, envelope_to_add = false, delivery_date_add = false;
    std::string tls_certificate, tls_privatekey, tls_crl, tls_require_ciphers, tls_sni, tls_alpn;
    std::string tls_verify_certificates = "system";
    std::string tls_try_verify_hosts = "*", tls_verify_hosts, tls_verify_cert_hostnames = "*";

    // Addresses go in their ASCII form to a host that offers SMTPUTF8 or does not.
    bool downconverts(bool offers_smtputf8) const { return utf8_downconvert == 1 || (utf8_downconvert == -1 && !offers_smtputf8); }
    // Errors are the configuration's, in a form that a deferral can show.
    static Result<SmtpOptions> read(const std::vector<router::Option>& options);

    // All that makes two connections to one host different, as one text.
    std::string fingerprint() const;
    // Some text of it says something of the message or the connection, and is expanded when that stands.
    bool has_late() const;
};

}
