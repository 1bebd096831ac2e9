#include "common/smtp/parameter.h"

#include <array>

#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::smtp {
namespace {

constexpr std::size_t max_envid = 100;  // RFC 3461 section 4.4
constexpr std::size_t max_orcpt = 500;  // RFC 3461 section 4.2
constexpr std::size_t max_auth = 500;   // RFC 4954 section 5

struct Name {
    std::string_view name;
    bool (*offered)(const Extensions&);
    enum { needs_value, no_value, either } value = needs_value;
};

// A parameter counts only where its extension was offered: RFC 5321 section 4.1.1.11.
constexpr std::array mail_names = {
    Name{"SIZE", [](const Extensions& e) { return e.esmtp; }, Name::either},
    Name{"BODY", [](const Extensions& e) { return e.eight_bit_mime; }, Name::either},
    Name{"AUTH", [](const Extensions& e) { return e.esmtp; }, Name::either},
    Name{"RET", [](const Extensions& e) { return e.dsn; }, Name::either},
    Name{"ENVID", [](const Extensions& e) { return e.dsn; }, Name::either},
    Name{"SMTPUTF8", [](const Extensions& e) { return e.smtputf8; }, Name::no_value},
    Name{"PRDR", [](const Extensions& e) { return e.prdr; }, Name::either},
    Name{"REQUIRETLS", [](const Extensions& e) { return e.requiretls; }, Name::no_value},
};
constexpr std::array rcpt_names = {
    Name{"NOTIFY", [](const Extensions& e) { return e.dsn; }, Name::needs_value},
    Name{"ORCPT", [](const Extensions& e) { return e.dsn; }, Name::needs_value},
};

template <std::size_t N>
bool knows(const std::array<Name, N>& names, const Parameter& parameter, const Extensions& offered)
{
    for (const auto& known : names)
        if (same_nocase(known.name, parameter.name))
            return known.offered(offered) && (known.value == Name::either ||
                                              (known.value == Name::needs_value) == parameter.has_value);
    return false;
}

// xtext without decoding errors, printable, not longer than it may be.
bool is_xtext(std::string_view text, std::size_t longest)
{
    for (char c : text)
        if (c <= ' ' || c > '~')
            return false;
    return text.size() <= longest && xtext_decode(text);
}

Status read_size(MailParameters& out, const Parameter& parameter)
{
    const auto number = parse_unsigned(parameter.value);
    // A number that is none counts as not given, one that is too long as too large.
    const bool digits = !parameter.value.empty() && parameter.value.find_first_not_of("0123456789") ==
                                                        std::string_view::npos;
    if (number)
        out.size = *number;
    else if (digits)
        out.size = std::numeric_limits<std::uint64_t>::max();
    return {};
}

Status read_body(MailParameters& out, const Parameter& parameter)
{
    if (parameter.has_value && parameter.value.empty()) // says nothing, as in Exim
        return {};
    if (same_nocase(parameter.value, "8BITMIME"))
        out.body = mail::BodyType::eight_bit_mime;
    else if (!same_nocase(parameter.value, "7BIT"))
        return permanent("invalid data for BODY");
    out.body_given = true;
    return {};
}

Status read_auth(MailParameters& out, const Parameter& parameter)
{
    if (parameter.value == "<>") {
        out.auth = "";
        return {};
    }
    if (!is_xtext(parameter.value, max_auth))
        return permanent("invalid data for AUTH");
    out.auth = TRY(xtext_decode(parameter.value));
    if (out.auth->find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos)
        return permanent("invalid data for AUTH");
    return {};
}

Status read_ret(MailParameters& out, const Parameter& parameter)
{
    if (out.ret != mail::DsnReturn::unset)
        return permanent("RET can be specified once only");
    if (same_nocase(parameter.value, "FULL"))
        out.ret = mail::DsnReturn::full;
    else if (same_nocase(parameter.value, "HDRS"))
        out.ret = mail::DsnReturn::headers;
    else
        return permanent("Value for RET is invalid");
    return {};
}

Status read_envid(MailParameters& out, const Parameter& parameter)
{
    if (!out.envid.empty())
        return permanent("ENVID can be specified once only");
    if (!is_xtext(parameter.value, max_envid))
        return permanent("Value for ENVID is invalid");
    out.envid = parameter.value;
    return {};
}

struct NotifyName {
    std::string_view name;
    std::uint32_t bit;
};
constexpr std::array notify_names = {NotifyName{"NEVER", mail::notify_never},
                                     NotifyName{"SUCCESS", mail::notify_success},
                                     NotifyName{"FAILURE", mail::notify_failure},
                                     NotifyName{"DELAY", mail::notify_delay}};

// RFC 3461 section 4.1: NEVER stands alone.
Result<std::uint32_t> notify_of(std::string_view value)
{
    std::uint32_t bits = 0;
    for (auto word : split(value, ',')) {
        std::uint32_t bit = 0;
        for (const auto& known : notify_names)
            if (same_nocase(word, known.name))
                bit = known.bit;
        if (bit == 0)
            return permanent("Invalid value for NOTIFY parameter");
        bits |= bit;
    }
    if ((bits & mail::notify_never) && bits != mail::notify_never)
        return permanent("Invalid value for NOTIFY parameter");
    return bits;
}

}

bool knows_mail_parameter(const Parameter& parameter, const Extensions& offered)
{
    return knows(mail_names, parameter, offered);
}

bool knows_rcpt_parameter(const Parameter& parameter, const Extensions& offered)
{
    return knows(rcpt_names, parameter, offered);
}

Result<MailParameters> read_mail_parameters(const std::vector<Parameter>& parameters, const Extensions& offered)
{
    MailParameters out;
    for (const auto& parameter : parameters) {
        if (!knows_mail_parameter(parameter, offered))
            return permanent("unrecognized parameter " + escape(parameter.name));
        if (same_nocase(parameter.name, "SIZE"))
            TRY(read_size(out, parameter));
        else if (same_nocase(parameter.name, "BODY"))
            TRY(read_body(out, parameter));
        else if (same_nocase(parameter.name, "AUTH"))
            TRY(read_auth(out, parameter));
        else if (same_nocase(parameter.name, "RET"))
            TRY(read_ret(out, parameter));
        else if (same_nocase(parameter.name, "ENVID"))
            TRY(read_envid(out, parameter));
        else if (same_nocase(parameter.name, "SMTPUTF8"))
            out.smtputf8 = true;
        else if (same_nocase(parameter.name, "REQUIRETLS"))
            out.requiretls = true;
        else
            out.prdr = true;
    }
    return out;
}

Result<RcptParameters> read_rcpt_parameters(const std::vector<Parameter>& parameters, const Extensions& offered)
{
    RcptParameters out;
    for (const auto& parameter : parameters) {
        if (!knows_rcpt_parameter(parameter, offered))
            return permanent("unrecognized parameter " + escape(parameter.name));
        if (same_nocase(parameter.name, "NOTIFY")) {
            if (out.notify != 0)
                return permanent("NOTIFY can be specified once only");
            out.notify = TRY(notify_of(parameter.value));
        } else {
            if (!out.orcpt.empty())
                return permanent("ORCPT can be specified once only");
            const auto semicolon = parameter.value.find(';');
            if (semicolon == std::string_view::npos || semicolon == 0 ||
                !is_xtext(parameter.value.substr(semicolon + 1), max_orcpt) || parameter.value.size() > max_orcpt)
                return permanent("Invalid value for ORCPT parameter");
            out.orcpt = parameter.value;
        }
    }
    return out;
}

std::string write_mail_parameters(const MailParameters& parameters, const Extensions& offered)
{
    std::string out;
    if (offered.size && parameters.size.value_or(0) > 0)
        out += " SIZE=" + std::to_string(*parameters.size);
    if (offered.eight_bit_mime && parameters.body_given)
        out += parameters.body == mail::BodyType::eight_bit_mime ? " BODY=8BITMIME" : " BODY=7BIT";
    if (parameters.auth && (parameters.auth_unasked || !offered.auth.empty()))
        out += " AUTH=" + (parameters.auth->empty() ? "<>" : xtext_encode(*parameters.auth));
    if (offered.dsn && parameters.ret != mail::DsnReturn::unset)
        out += parameters.ret == mail::DsnReturn::full ? " RET=FULL" : " RET=HDRS";
    if (offered.dsn && !parameters.envid.empty())
        out += " ENVID=" + parameters.envid;
    if (offered.smtputf8 && parameters.smtputf8)
        out += " SMTPUTF8";
    if (offered.prdr && parameters.prdr)
        out += " PRDR";
    if (offered.requiretls && parameters.requiretls)
        out += " REQUIRETLS";
    return out;
}

std::string write_rcpt_parameters(const RcptParameters& parameters, const Extensions& offered)
{
    std::string out;
    if (offered.dsn && parameters.notify != 0)
        out += " NOTIFY=" + format_notify(parameters.notify);
    if (offered.dsn && !parameters.orcpt.empty())
        out += " ORCPT=" + parameters.orcpt;
    return out;
}

std::string format_notify(std::uint32_t notify)
{
    std::string out;
    for (const auto& known : notify_names) {
        if (!(notify & known.bit))
            continue;
        if (!out.empty())
            out += ',';
        out += known.name;
    }
    return out;
}

}
