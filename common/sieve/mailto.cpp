#include "common/sieve/mailto.h"

#include "common/base/digits.h"
#include "common/mail/address_parser.h"

namespace gp::sieve {
namespace {

std::optional<std::string> unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int octet = hex_octet(text, i + 1);
        if (octet < 0)
            return std::nullopt;
        out += static_cast<char>(octet);
        i += 2;
    }
    return out;
}

bool add_recipients(MailTo& mail, std::string_view list)
{
    for (const auto part : split(list, ',')) {
        if (part.empty())
            continue;
        const auto text = unescaped(part);
        const auto parsed = text ? mail::parse_address(*text) : Result<mail::ParsedAddress>(permanent(""));
        if (!parsed || !parsed->has_domain())
            return false;
        mail.recipients.push_back(parsed->address);
    }
    return true;
}

// RFC 5436 section 2.7: who made the message and how it travelled is not the script's to say.
bool is_reserved(std::string_view name)
{
    for (const std::string_view own : {"from", "received", "return-path", "auto-submitted", "date", "message-id",
                                       "sender", "reply-to", "bcc", "mime-version", "content-type",
                                       "content-transfer-encoding"})
        if (same_nocase(name, own))
            return true;
    return starts_nocase(name, "resent-") || starts_nocase(name, "list-");
}

bool is_plain_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-'; });
}

bool add_field(MailTo& mail, std::string_view field)
{
    const auto equals = field.find('=');
    if (equals == std::string_view::npos)
        return false;
    const auto name = unescaped(field.substr(0, equals));
    const auto value = unescaped(field.substr(equals + 1));
    if (!name || !value)
        return false;
    if (same_nocase(*name, "to") || same_nocase(*name, "cc"))
        return add_recipients(mail, field.substr(equals + 1));
    if (same_nocase(*name, "body")) {
        mail.has_body = true;
        mail.body = replace_all(*value, "\r\n", "\n");
        return true;
    }
    const bool is_one_line = value->find_first_of("\r\n") == std::string::npos;
    if (same_nocase(*name, "subject")) {
        mail.has_subject = is_one_line;
        mail.subject = *value;
        return is_one_line;
    }
    if (is_reserved(*name))
        return true;
    if (!is_plain_name(*name) || !is_one_line)
        return false;
    mail.headers += (mail.headers.empty() ? "" : "\n") + *name + ": " + *value;
    return true;
}

}

std::optional<MailTo> parse_mailto(std::string_view uri)
{
    if (!starts_nocase(uri, "mailto:"))
        return std::nullopt;
    uri.remove_prefix(7);
    const auto question = uri.find('?');
    MailTo mail;
    if (!add_recipients(mail, uri.substr(0, question)))
        return std::nullopt;
    if (question != std::string_view::npos)
        for (const auto field : split(uri.substr(question + 1), '&'))
            if (!field.empty() && !add_field(mail, field))
                return std::nullopt;
    if (mail.recipients.empty() || mail.recipients.size() > 20)
        return std::nullopt;
    return mail;
}

}
