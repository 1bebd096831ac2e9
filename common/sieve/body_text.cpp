#include "common/sieve/body_text.h"

#include "common/base/digits.h"
#include "common/expand/headers.h"
#include "common/mail/charsets.h"
#include "common/mail/header.h"

namespace gp::sieve {
namespace {

struct ContentType {
    std::string type = "text/plain"; // lower case
    std::string boundary, charset;
};

std::string field_of(std::string_view headers, std::string_view name)
{
    const expand::Headers all(headers);
    for (const auto& line : all.lines())
        if (same_nocase(line.name, name))
            return mail::unfold(line.body);
    return {};
}

// One parameter's value, without its quotes.
std::string parameter(std::string_view text, std::string_view name)
{
    for (auto at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
        auto rest = trim_left(text.substr(at + 1));
        if (!starts_nocase(rest, name))
            continue;
        rest = trim_left(rest.substr(name.size()));
        if (!rest.starts_with('='))
            continue;
        rest = trim_left(rest.substr(1));
        if (!rest.starts_with('"'))
            return std::string(rest.substr(0, rest.find_first_of("; \t")));
        std::string value;
        for (std::size_t i = 1; i < rest.size() && rest[i] != '"'; ++i) {
            if (rest[i] == '\\' && i + 1 < rest.size())
                ++i;
            value += rest[i];
        }
        return value;
    }
    return {};
}

ContentType content_type(std::string_view headers)
{
    const auto text = field_of(headers, "content-type");
    ContentType type;
    if (text.empty())
        return type;
    type.type = lower(trim(std::string_view(text).substr(0, text.find(';'))));
    type.boundary = parameter(text, "boundary");
    type.charset = parameter(text, "charset");
    return type;
}

int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// What is no digit is passed over (RFC 2045 section 6.8).
std::string from_base64(std::string_view text)
{
    std::string out;
    unsigned bits = 0, have = 0;
    for (const char c : text) {
        if (c == '=')
            break;
        const int value = base64_value(c);
        if (value < 0)
            continue;
        bits = (bits << 6) | static_cast<unsigned>(value);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out += static_cast<char>((bits >> have) & 0xff);
        }
    }
    return out;
}

std::string from_quoted_printable(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        auto end = i + 1;
        while (end < text.size() && (text[end] == ' ' || text[end] == '\t' || text[end] == '\r'))
            ++end;
        if (end < text.size() && text[end] == '\n') { // soft line break
            i = end;
        } else if (const int octet = hex_octet(text, i + 1); octet >= 0) {
            out += static_cast<char>(octet);
            i += 2;
        } else {
            out += '=';
        }
    }
    return out;
}

std::string decoded(std::string_view headers, std::string_view body, const ContentType& type)
{
    const auto encoding = field_of(headers, "content-transfer-encoding");
    std::string text = same_nocase(trim(encoding), "base64")             ? from_base64(body)
                       : same_nocase(trim(encoding), "quoted-printable") ? from_quoted_printable(body)
                                                                         : std::string(body);
    if (type.type.starts_with("text/") && !type.charset.empty())
        if (auto utf8 = mail::translate(text, type.charset, "UTF-8"))
            return std::move(utf8).take();
    return text;
}

class Walk {
public:
    Walk(const std::vector<std::string>& types, const BodyLimits& limits) : types_(types), limits_(limits) {}
    void part(std::string_view headers, std::string_view body, std::size_t depth);
    std::vector<std::string> found;

private:
    bool is_wanted(const std::string& type) const
    {
        return std::ranges::any_of(types_, [&](const auto& wanted) {
            return wanted.empty() || same_nocase(wanted, type) ||
                   (wanted.find('/') == std::string::npos && starts_nocase(type, wanted + "/"));
        });
    }
    void entity(std::string_view text, std::size_t depth);
    void multipart(std::string_view body, const std::string& boundary, std::size_t depth);

    const std::vector<std::string>& types_;
    const BodyLimits& limits_;
    std::size_t parts_ = 0, octets_ = 0;
};

// Headers, an empty line, a body.
void Walk::entity(std::string_view text, std::size_t depth)
{
    if (text.starts_with("\n") || text.starts_with("\r\n"))
        return part({}, text.substr(text.find('\n') + 1), depth);
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        const auto rest = text.substr(at + 1);
        if (rest.starts_with("\n") || rest.starts_with("\r\n"))
            return part(text.substr(0, at + 1), rest.substr(rest.find('\n') + 1), depth);
    }
    part(text, {}, depth);
}

void Walk::multipart(std::string_view body, const std::string& boundary, std::size_t depth)
{
    const auto delimiter = "--" + boundary;
    std::size_t from = std::string_view::npos;
    for (std::size_t at = 0; at < body.size();) {
        auto end = body.find('\n', at);
        end = end == std::string_view::npos ? body.size() : end + 1;
        const auto line = body.substr(at, end - at);
        if (line.starts_with(delimiter)) {
            if (from != std::string_view::npos)
                entity(body.substr(from, at - from), depth + 1);
            from = line.substr(delimiter.size()).starts_with("--") ? std::string_view::npos : end;
            if (from == std::string_view::npos)
                return;
        }
        at = end;
    }
    if (from != std::string_view::npos)
        entity(body.substr(from), depth + 1);
}

void Walk::part(std::string_view headers, std::string_view body, std::size_t depth)
{
    if (++parts_ > limits_.parts_max || depth > limits_.depth_max || octets_ > limits_.octets_max)
        return;
    const auto type = content_type(headers);
    if (type.type.starts_with("multipart/") && !type.boundary.empty())
        return multipart(body, type.boundary, depth);
    if (type.type == "message/rfc822")
        return entity(body, depth + 1);
    if (!is_wanted(type.type))
        return;
    found.push_back(decoded(headers, body, type));
    octets_ += found.back().size();
}

}

std::vector<std::string> parts_of(std::string_view headers, std::string_view body, const std::vector<std::string>& types,
                                  const BodyLimits& limits)
{
    Walk walk(types, limits);
    walk.part(headers, body, 0);
    return std::move(walk.found);
}

}
