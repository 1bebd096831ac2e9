#include "common/mail/address.h"

#include "common/base/text.h"

namespace gp::mail {

bool operator==(const Address& a, const Address& b)
{
    return a.local_part == b.local_part && same_nocase(a.domain, b.domain);
}

Address Address::from(std::string_view text)
{
    return {std::string(local_part_of(text)), std::string(domain_of(text))};
}

std::string Address::text() const
{
    return domain.empty() ? local_part : local_part + "@" + domain;
}

// The last one: a domain with another in it is none, and nobody may read another domain there than routers do.
std::size_t at_of(std::string_view address)
{
    if (address.find('"') == std::string_view::npos && address.find('\\') == std::string_view::npos)
        return address.rfind('@');
    std::size_t found = std::string_view::npos;
    bool quoted = false;
    for (std::size_t i = 0; i < address.size(); ++i) {
        if (address[i] == '\\')
            ++i;
        else if (address[i] == '"')
            quoted = !quoted;
        else if (address[i] == '@' && !quoted)
            found = i;
    }
    return found;
}

std::string_view local_part_of(std::string_view address)
{
    return address.substr(0, at_of(address));
}

std::string_view domain_of(std::string_view address)
{
    const auto at = at_of(address);
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

bool same_address(std::string_view a, std::string_view b)
{
    return local_part_of(a) == local_part_of(b) && same_nocase(domain_of(a), domain_of(b));
}

std::string unquote_local_part(std::string_view local_part)
{
    std::string out;
    out.reserve(local_part.size());
    for (std::size_t i = 0; i < local_part.size(); ++i) {
        if (local_part[i] == '\\' && i + 1 < local_part.size())
            out.push_back(local_part[++i]);
        else if (local_part[i] != '"')
            out.push_back(local_part[i]);
    }
    return out;
}

namespace {

// RFC 5322 section 3.2.3 atext, and octets beyond ASCII as RFC 6532 adds them.
bool may_stand_bare(char c)
{
    return is_alnum(c) || static_cast<unsigned char>(c) >= 128 ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text)
{
    if (text.empty() || text.front() == '.' || text.back() == '.')
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (!may_stand_bare(text[i]) && (text[i] != '.' || text[i + 1] == '.'))
            return false;
    return true;
}

}

std::string quote_local_part(std::string_view local_part)
{
    if (is_dot_atom(local_part))
        return std::string(local_part);
    std::string out = "\"";
    for (char c : local_part) {
        if (c == '"' || c == '\\')
            out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

std::string_view domain_literal_of(std::string_view domain)
{
    if (domain.size() < 2 || domain.front() != '[' || domain.back() != ']')
        return {};
    domain = domain.substr(1, domain.size() - 2);
    if (starts_nocase(domain, "IPv6:") || starts_nocase(domain, "IPv4:"))
        domain.remove_prefix(5);
    return domain;
}

}
