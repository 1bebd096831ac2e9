#include "delivery/remote/options.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/net/dscp.h"
#include "router/late_protocol.h"

#include <algorithm>

namespace gp::remote {
namespace {

static_assert(std::ranges::is_sorted(option_table, {}, &OptionRow::name));

struct TextOption {
    std::string_view name;
    std::string SmtpOptions::* member;
};
struct TimeOption {
    std::string_view name;
    Duration SmtpOptions::* member;
    bool may_be_zero;
};
struct NumberOption {
    std::string_view name;
    std::int64_t SmtpOptions::* member;
};
struct FlagOption {
    std::string_view name;
    bool SmtpOptions::* member;
};

// clang-format off
constexpr std::array texts = {
    TextOption{"protocol",                  &SmtpOptions::protocol},
    TextOption{"port",                      &SmtpOptions::port},
    TextOption{"helo_data",                 &SmtpOptions::helo_data},
    TextOption{"interface",                 &SmtpOptions::interface_list},
    TextOption{"socks_proxy",               &SmtpOptions::socks_proxy},
    TextOption{"hosts_avoid_esmtp",         &SmtpOptions::hosts_avoid_esmtp},
    TextOption{"hosts_avoid_pipelining",    &SmtpOptions::hosts_avoid_pipelining},
    TextOption{"hosts_avoid_tls",           &SmtpOptions::hosts_avoid_tls},
    TextOption{"hosts_verify_avoid_tls",    &SmtpOptions::hosts_verify_avoid_tls},
    TextOption{"hosts_require_tls",         &SmtpOptions::hosts_require_tls},
    TextOption{"hosts_try_chunking",        &SmtpOptions::hosts_try_chunking},
    TextOption{"hosts_try_prdr",            &SmtpOptions::hosts_try_prdr},
    TextOption{"hosts_nopass_tls",          &SmtpOptions::hosts_nopass_tls},
    TextOption{"hosts_noproxy_tls",         &SmtpOptions::hosts_noproxy_tls},
    TextOption{"hosts_pipe_connect",        &SmtpOptions::hosts_pipe_connect},
    TextOption{"hosts_require_alpn",        &SmtpOptions::hosts_require_alpn},
    TextOption{"hosts_request_ocsp",        &SmtpOptions::hosts_request_ocsp},
    TextOption{"hosts_require_ocsp",        &SmtpOptions::hosts_require_ocsp},
    TextOption{"hosts_require_auth",        &SmtpOptions::hosts_require_auth},
    TextOption{"hosts_try_auth",            &SmtpOptions::hosts_try_auth},
    TextOption{"hosts_require_dane",        &SmtpOptions::hosts_require_dane},
    TextOption{"hosts_try_dane",            &SmtpOptions::hosts_try_dane},
    TextOption{"dane_require_tls_ciphers",  &SmtpOptions::dane_require_tls_ciphers},
    TextOption{"authenticated_sender",      &SmtpOptions::authenticated_sender},
    TextOption{"tls_certificate",           &SmtpOptions::tls_certificate},
    TextOption{"tls_privatekey",            &SmtpOptions::tls_privatekey},
    TextOption{"tls_crl",                   &SmtpOptions::tls_crl},
    TextOption{"tls_require_ciphers",       &SmtpOptions::tls_require_ciphers},
    TextOption{"tls_sni",                   &SmtpOptions::tls_sni},
    TextOption{"tls_alpn",                  &SmtpOptions::tls_alpn},
    TextOption{"tls_verify_certificates",   &SmtpOptions::tls_verify_certificates},
    TextOption{"tls_try_verify_hosts",      &SmtpOptions::tls_try_verify_hosts},
    TextOption{"tls_verify_hosts",          &SmtpOptions::tls_verify_hosts},
    TextOption{"tls_verify_cert_hostnames", &SmtpOptions::tls_verify_cert_hostnames},
    TextOption{"tls_resumption_hosts",      &SmtpOptions::tls_resumption_hosts},
    TextOption{"host_name_extract",         &SmtpOptions::host_name_extract},
};
constexpr std::array times = {
    TimeOption{"connect_timeout", &SmtpOptions::connect_timeout, true},
    TimeOption{"command_timeout", &SmtpOptions::command_timeout, false},
    TimeOption{"data_timeout",    &SmtpOptions::data_timeout,    false},
    TimeOption{"final_timeout",   &SmtpOptions::final_timeout,   false},
    TimeOption{"transport_filter_timeout", &SmtpOptions::transport_filter_timeout, true},
};
constexpr std::array numbers = {
    NumberOption{"size_addition",            &SmtpOptions::size_addition},
    NumberOption{"hosts_max_try",            &SmtpOptions::hosts_max_try},
    NumberOption{"hosts_max_try_hardlimit",  &SmtpOptions::hosts_max_try_hardlimit},
    NumberOption{"message_linelength_limit", &SmtpOptions::message_linelength_limit},
};
constexpr std::array flags = {
    FlagOption{"authenticated_sender_force", &SmtpOptions::authenticated_sender_force},
    FlagOption{"body_only",             &SmtpOptions::body_only},
    FlagOption{"delivery_date_add",     &SmtpOptions::delivery_date_add},
    FlagOption{"envelope_to_add",       &SmtpOptions::envelope_to_add},
    FlagOption{"headers_only",          &SmtpOptions::headers_only},
    FlagOption{"hosts_randomize",       &SmtpOptions::hosts_randomize},
    FlagOption{"keepalive",             &SmtpOptions::keepalive},
    FlagOption{"lmtp_ignore_quota",     &SmtpOptions::lmtp_ignore_quota},
    FlagOption{"return_path_add",       &SmtpOptions::return_path_add},
    FlagOption{"tls_tempfail_tryclear", &SmtpOptions::tls_tempfail_tryclear},
};
// clang-format on

template <class Row, std::size_t n>
const Row* find(const std::array<Row, n>& rows, std::string_view name)
{
    const auto at = std::ranges::find(rows, name, &Row::name);
    return at == rows.end() ? nullptr : &*at;
}

Error bad(std::string_view name, const std::string& why)
{
    return misconfigured("option " + std::string(name) + " of the smtp transport: " + why);
}

Result<bool> read_flag(std::string_view name, std::string_view value)
{
    if (value.empty() || same_nocase(value, "true") || same_nocase(value, "yes") || value == "1")
        return true;
    if (same_nocase(value, "false") || same_nocase(value, "no") || value == "0")
        return false;
    return bad(name, "\"" + escape(value) + "\" is neither true nor false");
}

Result<int> read_dscp(std::string_view value)
{
    if (value.empty())
        return -1;
    const auto number = net::parse_dscp(value);
    return number ? number : bad("dscp", number.error().text);
}

Status read_one(SmtpOptions& into, std::string_view name, std::string_view value)
{
    if (const auto* text = find(texts, name)) {
        // Set to nothing is not unset: nobody must be verified then, and not everybody (TlsPolicy).
        into.*(text->member) = name == "tls_verify_hosts" && value.empty() ? std::string_view{":"} : value;
    } else if (const auto* time = find(times, name)) {
        auto duration = parse_duration(value);
        if (!duration || (*duration == Duration{0} && !time->may_be_zero))
            return bad(name, "\"" + escape(value) + "\" is no time that it may have");
        into.*(time->member) = *duration;
    } else if (const auto* number = find(numbers, name)) {
        const bool negative = value.starts_with('-');
        auto parsed = parse_size(negative ? value.substr(1) : value);
        if (!parsed)
            return bad(name, parsed.error().text);
        into.*(number->member) = negative ? -*parsed : *parsed;
    } else if (const auto* flag = find(flags, name)) {
        into.*(flag->member) = TRY(read_flag(name, value));
    } else if (name == "dkim_signature") {
        into.dkim_signatures.emplace_back(value);
    } else if (name == "transport_filter") {
        into.transport_filter.emplace_back(value);
    } else if (name == "dscp") {
        into.dscp = TRY(read_dscp(value));
    } else if (name == "utf8_downconvert") {
        if (!value.empty() && value != "1" && value != "0" && value != "-1")
            return bad(name, "\"" + escape(value) + "\" is neither 1 nor 0 nor -1");
        into.downconvert_is_asked = !value.empty();
        into.utf8_downconvert = value.empty() || value == "-1" ? -1 : value == "1" ? 1 : 0;
    }
    return {};
}

}

const OptionRow* find_option(std::string_view name)
{
    return find(option_table, name);
}

Result<SmtpOptions> SmtpOptions::read(const std::vector<router::Option>& options)
{
    SmtpOptions read;
    for (const auto& option : options) {
        const auto value = trim(option.value);
        const auto* row = find_option(option.name);
        if (!row)
            return bad(option.name, "there is no such option");
        if (row->by == ObeyedBy::not_yet && !value.empty() && !same_nocase(value, "false") && !same_nocase(value, "no"))
            return bad(option.name, "it is not supported");
        TRY(read_one(read, option.name, option.name == "transport_filter" ? std::string_view(option.value) : value));
    }
    read.protocol = lower(read.protocol);
    return read;
}

bool SmtpOptions::has_late() const
{
    return std::ranges::any_of(texts, [&](const auto& text) { return this->*(text.member) == router::late_mark; });
}

std::string SmtpOptions::fingerprint() const
{
    std::string out;
    for (const auto& text : texts) {
        out += this->*(text.member);
        out += '\n';
    }
    out += std::to_string(dscp) + (keepalive ? "k" : "") + (tls_tempfail_tryclear ? "c" : "");
    return out;
}

}
