#include <array>

#include "common/base/text.h"
#include "conf/params/detail/rows.h"
#include "conf/params/expansion_words.h"
#include "conf/params/tables.h"

namespace gp::conf {
namespace {

using config::Standing;

// A macro says that something works here, so only what is supported has one. What the rows of the
// tables do not know of stands in these lists.
constexpr std::array facilities = {
    std::string_view{"_CRYPTO_HASH_SHA3"}, std::string_view{"_CRYPTO_SIGN_ED25519"}, std::string_view{"_HAVE_CONTENT_SCANNING"},
    std::string_view{"_HAVE_CRYPTEQ"}, std::string_view{"_HAVE_DANE"}, std::string_view{"_HAVE_DKIM"}, std::string_view{"_HAVE_DMARC"},
    std::string_view{"_HAVE_DNSSEC"}, std::string_view{"_HAVE_EVENT"}, std::string_view{"_HAVE_I18N"}, std::string_view{"_HAVE_ICONV"},
    std::string_view{"_HAVE_IPV6"}, std::string_view{"_HAVE_MALWARE_AVAST"}, std::string_view{"_HAVE_MALWARE_CLAMD"},
    std::string_view{"_HAVE_MALWARE_CMDLINE"}, std::string_view{"_HAVE_MALWARE_DRWEB"}, std::string_view{"_HAVE_MALWARE_FPROT6D"},
    std::string_view{"_HAVE_MALWARE_FPROTD"}, std::string_view{"_HAVE_MALWARE_FSECURE"}, std::string_view{"_HAVE_MALWARE_SOCK"},
    std::string_view{"_HAVE_MALWARE_SOPHIE"}, std::string_view{"_HAVE_MOVE_FROZEN_MESSAGES"}, std::string_view{"_HAVE_NATIVE_SRS"},
    std::string_view{"_HAVE_OCSP"}, std::string_view{"_HAVE_OPENSSL"}, std::string_view{"_HAVE_PAM"}, std::string_view{"_HAVE_PIPE_CONNECT"},
    std::string_view{"_HAVE_PRDR"}, std::string_view{"_HAVE_PROXY"}, std::string_view{"_HAVE_SOCKS"}, std::string_view{"_HAVE_SPF"},
    std::string_view{"_HAVE_SRS"}, std::string_view{"_HAVE_TLS"}, std::string_view{"_HAVE_TLS1_3"}, std::string_view{"_HAVE_TLS_ALPN"},
    std::string_view{"_HAVE_TLS_OCSP"}, std::string_view{"_HAVE_TLS_OCSP_LIST"}, std::string_view{"_HAVE_TLS_RESUME"}, std::string_view{"_HAVE_TRANSPORT_APPEND_MAILDIR"},
    std::string_view{"_HAVE_TRANSPORT_APPEND_MAILSTORE"}, std::string_view{"_HAVE_TRANSPORT_APPEND_MBX"},
};
constexpr std::array lookups = {
    std::string_view{"CDB"},    std::string_view{"DBM"},   std::string_view{"DNSDB"}, std::string_view{"DSEARCH"}, std::string_view{"JSON"},
    std::string_view{"LDAP"},   std::string_view{"LMDB"},  std::string_view{"LSEARCH"}, std::string_view{"MYSQL"}, std::string_view{"PASSWD"},
    std::string_view{"PGSQL"},  std::string_view{"PSL"},   std::string_view{"REDIS"}, std::string_view{"REGDOM"}, std::string_view{"SQLITE"},
};
constexpr std::array acl_conditions = {
    std::string_view{"ACL"}, std::string_view{"ATRN_DOMAINS"}, std::string_view{"AUTHENTICATED"}, std::string_view{"CONDITION"},
    std::string_view{"DECODE"}, std::string_view{"DKIM_SIGNERS"}, std::string_view{"DKIM_STATUS"},
    std::string_view{"DMARC_STATUS"}, std::string_view{"DNSLISTS"},
    std::string_view{"DOMAINS"}, std::string_view{"ENCRYPTED"}, std::string_view{"HOSTS"},
    std::string_view{"LOCAL_PARTS"}, std::string_view{"MALWARE"}, std::string_view{"MIME_REGEX"},
    std::string_view{"RATELIMIT"}, std::string_view{"RECIPIENTS"}, std::string_view{"REGEX"}, std::string_view{"SEEN"},
    std::string_view{"SENDERS"}, std::string_view{"SENDER_DOMAINS"}, std::string_view{"SPAM"}, std::string_view{"SPF"},
    std::string_view{"SPF_GUESS"}, std::string_view{"VERIFY"},
};
constexpr std::array acl_modifiers = {
    std::string_view{"ADD_HEADER"}, std::string_view{"CONTINUE"}, std::string_view{"CONTROL"},
    std::string_view{"DELAY"}, std::string_view{"ENDPASS"}, std::string_view{"LOGWRITE"},
    std::string_view{"LOG_MESSAGE"}, std::string_view{"LOG_REJECT_TARGET"}, std::string_view{"MESSAGE"},
    std::string_view{"QUEUE"}, std::string_view{"REMOVE_HEADER"}, std::string_view{"SET"}, std::string_view{"UDPSEND"},
};
constexpr std::array log_selectors = {
    "8bitmime", "acl_warn_skipped", "address_rewrite", "all", "all_parents", "arguments", "connection_id",
    "connection_reject", "delay_delivery", "deliver_time", "delivery_size", "dkim", "dkim_verbose", "dmarc",
    "dmarc_verbose", "dnslist_defer", "dnssec", "etrn", "host_lookup_failed", "ident_timeout",
    "incoming_interface", "incoming_port", "lost_incoming_connection", "millisec", "msg_id", "msg_id_created",
    "outgoing_interface", "outgoing_port", "pid", "pipelining", "protocol_detail", "proxy", "queue_run",
    "queue_time", "queue_time_exclusive", "queue_time_overall", "receive_time", "received_recipients",
    "received_sender", "rejected_header", "rejected_headers", "retry_defer", "return_path_on_delivery", "sender_on_delivery",
    "sender_verify_fail", "size_reject", "skip_delivery", "smtp_confirmation", "smtp_connection",
    "smtp_incomplete_transaction", "smtp_mailauth", "smtp_no_mail", "smtp_protocol_error", "smtp_syntax_error",
    "spf", "spf_verbose", "subject", "tls_certificate_verified", "tls_cipher", "tls_on_connect", "tls_peerdn",
    "tls_resumption", "tls_sni", "unknown_in_list",
};
// The headers that DKIM signs by default, for use in dkim_sign_headers.
constexpr std::string_view dkim_sign_headers =
    "From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:"
    "Content-ID:Content-Description:Resent-Date:Resent-From:Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:"
    "In-Reply-To:References:List-Id:List-Help:List-Unsubscribe:List-Subscribe:List-Post:List-Owner:List-Archive";

// For ${listextract{$tls_in_resumption}{_RESUME_DECODE}}: Exim's words for the bits (manual 43.17), from 1 on.
constexpr std::string_view resume_words =
    "not requested or offered : 0x02 :client requested, no server ticket: 0x04 : 0x05 : 0x06 :client offered session, no server "
    "action: 0x08 :no client request: 0x0A :client requested new ticket, server provided: 0x0C :client offered session, not used: "
    "0x0E :client offered session, server only provided new ticket: 0x10 :session resumed unasked: 0x12 :session resumed unasked: "
    "0x14 : 0x15 : 0x16 :session resumed: 0x18 :session resumed unasked: 0x1A :session resumed unasked: 0x1C :session resumed: "
    "0x1E :session resumed, also new ticket";

// The language is that of this version of Exim.
constexpr std::string_view language_version = "4.96";

bool works(Standing standing)
{
    return standing == Standing::supported || standing == Standing::moot;
}

void add_options(config::Macros& macros, const std::string& prefix, Rows rows)
{
    for (const auto& row : rows)
        if (works(row.standing))
            macros.add_built_in(prefix + upper(row.name));
}

// The words that Exim's newer releases use beside "ROUTER", "TRANSPORT" and so on.
std::string_view short_class(DriverClass kind)
{
    switch (kind) {
    case DriverClass::router: return "RTR";
    case DriverClass::transport: return "TPT";
    case DriverClass::authenticator: break;
    }
    return "AUTH";
}

void add_drivers(config::Macros& macros, DriverClass kind)
{
    const std::string word = upper(class_name(kind));
    add_options(macros, "_OPT_" + word + "S_", generic_rows(kind));
    for (const auto& driver : driver_kinds(kind)) {
        if (!works(driver.standing))
            continue;
        const std::string name = upper(driver.name);
        macros.add_built_in("_DRIVER_" + word + "_" + name);
        macros.add_built_in("_DRVR_" + std::string(short_class(kind)) + "_" + name);
        add_options(macros, "_OPT_" + word + "_" + name + "_", driver.private_rows);
    }
}

std::string signed_with_plus(std::string_view headers)
{
    return "+" + replace_all(std::string(headers), ":", ":+");
}

}

void add_built_in_macros(config::Macros& macros)
{
    for (const auto name : facilities)
        macros.add_built_in(std::string(name));
    for (const auto name : lookups) {
        macros.add_built_in("_HAVE_LOOKUP_" + std::string(name));
        macros.add_built_in("_LKUP_" + std::string(name));
    }
    for (const auto name : acl_conditions)
        macros.add_built_in("_ACL_COND_" + std::string(name));
    for (const auto name : acl_modifiers)
        macros.add_built_in("_ACL_MOD_" + std::string(name));
    for (const auto* name : log_selectors)
        macros.add_built_in("_LOG_" + upper(name));
    for (const auto& words : expansion_words())
        for (const auto name : words.names)
            macros.add_built_in("_EXP_" + std::string(words.kind) + "_" + upper(name));
    macros.add_built_in("_DKIM_SIGN_HEADERS", std::string(dkim_sign_headers));
    macros.add_built_in("_DKIM_OVERSIGN_HEADERS", signed_with_plus(dkim_sign_headers));
    macros.add_built_in("_RESUME_DECODE", std::string(resume_words));
    macros.add_built_in("_EXIM_VERSION", std::string(language_version));
    add_options(macros, "_OPT_MAIN_", main_table().options());
    for (const auto kind : {DriverClass::router, DriverClass::transport, DriverClass::authenticator})
        add_drivers(macros, kind);
}

}
