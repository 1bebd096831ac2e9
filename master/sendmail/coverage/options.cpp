// Main options, and the options of every router, transport and authenticator: from the rows of conf/params.

#include "common/base/text.h"
#include "conf/params/tables.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

using config::Standing;

// Which part of the manual an option belongs to that this version does not have.
struct Facility {
    std::string_view beginning, why;
};
constexpr Facility facilities[] = {
    {"acl_smtp_atrn", "ATRN is not served; a host that is connected at times can say ETRN (acl_smtp_etrn, smtp_etrn_command)"},
    {"acl_smtp_dkim", "DKIM signatures of incoming mail are not checked in this version"},
    {"acl_smtp_mime", "messages are not taken apart for ACLs in this version"},
    {"acl_not_smtp_mime", "messages are not taken apart for ACLs in this version"},
    {"acl_smtp_wellknown", "WELLKNOWN is not served: no client is known that asks for it, and web servers hand such files out"},
    {"arc_", "ARC is not in this version"},
    {"client_channelbinding", "what a password is proved with is not bound to the TLS connection; tls_verify_hosts and DANE say who the server is"},
    {"server_channelbinding", "SCRAM's -PLUS forms are not offered; clients take the same mechanism without"},
    {"daemon_modules_load", "a process of the suite loads nothing but what it was built with"},
    {"daemon_startup_", "a port that is in use ends the start at once; who starts the suite may try again"},
    {"dkim_verify", "DKIM signatures of incoming mail are not checked in this version"},
    {"dmarc_forensic", "DMARC is checked; reports of single failures are not sent, which hold strangers' mail and which next to nobody asks for (RFC 7489 section 7.3)"},
    {"dmarc_", "DMARC is checked and its history is not kept; dmarc_status and log_selector = +dmarc_verbose tell the results"},
    {"dns_dnssec", "DANE is not in this version"},
    {"ibase_", "no client library for Interbase is used"},
    {"local_scan", "there is no local_scan() function; an ACL can do the same"},
    {"log_ports", "-incoming_port and -outgoing_port of log_selector leave them all out"},
    {"mua_wrapper", "a message that was taken is on disk until it is delivered or its failure is told; -odi waits for the first attempt"},
    {"oracle_", "no client library for Oracle is used"},
    {"perl_", "code of others is not loaded into a process of the suite"},
    {"permit_coredump", "a core file would hold the message, and launcher's limit is a hard one; run the command by hand to see it fall"},
    {"pipe_as_creator", "whoever hands a message in would choose as whom a command runs; launcher runs it as the users that the configuration names"},
    {"smtp_reserve", "load limits of that kind are not in this version"},
    {"spf_", "SPF is not checked in this version"},
    {"tls_early_banner_hosts", "the greeting is said when the TLS handshake is done and its certificates and ALPN are judged; that costs a round trip and no more"},
    {"wellknown", "WELLKNOWN is not served: no client is known that asks for it, and web servers hand such files out"},
};

// Without a better reason, what it is that is missing.
std::string why_not(const config::Option& option)
{
    for (const auto& facility : facilities)
        if (option.name.starts_with(facility.beginning))
            return std::string(facility.why);
    std::string text{option.text.substr(0, option.text.find('.'))};
    if (text.size() > 1 && !(text[1] >= 'A' && text[1] <= 'Z')) // no abbreviation
        text[0] = to_lower(text[0]);
    return "not in this version: " + text;
}

std::string why_no_driver(std::string_view driver)
{
    if (driver == "cyrus_sasl")
        return "its library loads modules of others; driver = plaintext with ${if saslauthd{{user}{password}} asks the same passwords, and dovecot has all mechanisms";
    if (driver == "heimdal_gssapi")
        return "no Kerberos library reads what strangers send here; driver = dovecot with public_name = GSSAPI has Dovecot do it";
    return "the driver " + std::string(driver) + " is not in this version";
}

std::string refusal(const config::Option& option)
{
    switch (option.standing) {
    case Standing::supported:
    case Standing::moot: return {};
    case Standing::removed: return "Exim has removed it: " + std::string(option.text);
    case Standing::not_yet: break;
    }
    return why_not(option);
}

void rows(Page& page, const std::string& list, std::span<const config::Option> options, const std::string& why = {})
{
    for (const auto& option : options)
        if (!option.is_own)
            page.push_back({list, std::string(option.name), why.empty() ? refusal(option) : why});
}

void drivers(Page& page, conf::DriverClass kind, const std::string& word)
{
    rows(page, word + "_options_generic", conf::generic_rows(kind));
    for (const auto& driver : conf::driver_kinds(kind)) {
        const bool works = driver.standing == Standing::supported;
        const auto why = works ? std::string() : why_no_driver(driver.name);
        page.push_back({word + "_drivers", std::string(driver.name), why});
        rows(page, word + "_options_" + std::string(driver.name), driver.private_rows, why);
    }
}

void write(Page& page)
{
    rows(page, "main_options", conf::main_table().options());
    drivers(page, conf::DriverClass::router, "router");
    drivers(page, conf::DriverClass::transport, "transport");
    drivers(page, conf::DriverClass::authenticator, "auth");
}

const RegisterCoverage self{{.name = "a options", .write = write}};

}
}
