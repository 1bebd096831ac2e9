#include "cleanup/scan/mime_fields.h"

#include <map>

#include "common/base/digits.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/encoded_word.h"

namespace gp::scan {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A folded header in one line. The blanks that a fold brings go with it, as in Exim: a name that is folded
// in its middle is one name.
std::string unfolded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\n') {
            if (text[i] != '\r')
                out += text[i];
            continue;
        }
        while (i + 1 < text.size() && is_blank(text[i + 1]))
            ++i;
    }
    return out;
}

// What stands before the parameters: without blanks and comments, lower case.
std::string main_value(std::string_view text)
{
    std::string out;
    unsigned depth = 0;
    bool is_quoted = false;
    for (const char c : text) {
        if (c == '"' && depth == 0)
            is_quoted = !is_quoted;
        if (!is_quoted && c == '(') {
            ++depth;
        } else if (depth > 0) {
            depth -= c == ')' ? 1 : 0;
        } else if (!is_quoted && c == ';') {
            break;
        } else if (is_quoted || !is_blank(c)) {
            out += to_lower(c);
        }
    }
    return out;
}

// RFC 2231 section 4: "utf-8'en'na%C3%AFve". The octets stay in their character set.
std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int octet = text[i] == '%' ? hex_octet(text, i + 1) : -1;
        out += octet >= 0 ? static_cast<char>(octet) : text[i];
        i += octet >= 0 ? 2 : 0;
    }
    return out;
}

std::string_view behind_language(std::string_view text)
{
    const auto first = text.find('\'');
    const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
    return second == std::string_view::npos ? text : text.substr(second + 1);
}

// The parameters of one header, in order; what they say goes to the fields.
class Parameters {
public:
    explicit Parameters(MimeFields& fields) : fields_(fields) {}
    void read(std::string_view text);

private:
    std::string value(std::string_view& text) const;
    void take(std::string_view name, std::string value);
    void take_name(std::string_view form, std::string value);

    MimeFields& fields_;
    std::map<std::uint64_t, std::string> pieces_; // RFC 2231 section 3: name*0, name*1
};

// Up to a semicolon that is not quoted. A quote that nobody closes quotes the rest, with the semicolon that
// stands for the end.
std::string Parameters::value(std::string_view& text) const
{
    std::string out;
    std::size_t wanted = 0; // blanks behind it are no part of the value, unless they are quoted
    bool is_quoted = false;
    text = trim_left(text);
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        if (c == ';' && !is_quoted)
            break;
        out += c;
        if (is_quoted || !is_blank(c))
            wanted = out.size();
    }
    out.resize(wanted);
    return out;
}

void Parameters::read(std::string_view header)
{
    bool is_quoted = false;
    std::size_t at = 0;
    for (; at < header.size() && (is_quoted || header[at] != ';'); ++at)
        is_quoted ^= header[at] == '"';
    if (at == header.size())
        return;
    const std::string all = std::string(header.substr(at + 1)) + ";";
    std::string_view text = all;
    while (!text.empty()) {
        const auto end = text.find_first_of("=;");
        if (end == std::string_view::npos)
            return;
        const auto name = lower(trim(text.substr(0, end)));
        const bool has_value = text[end] == '=';
        text.remove_prefix(end + 1);
        if (has_value)
            take(name, value(text));
    }
}

void Parameters::take(std::string_view name, std::string value)
{
    if (value.empty())
        return;
    if (name == "charset")
        fields_.charset = std::move(value);
    else if (name == "boundary")
        fields_.boundary = std::move(value);
    else if (name.starts_with("filename"))
        take_name(name.substr(8), std::move(value));
    else if (name.starts_with("name"))
        take_name(name.substr(4), std::move(value));
}

// `form`: "", "*", "*0", "*0*".
void Parameters::take_name(std::string_view form, std::string value)
{
    if (form.empty()) {
        auto decoded = mail::decode_words(value, {.check_length = false, .charset = {}});
        fields_.filename = decoded ? std::move(decoded).take() : std::move(value);
        return;
    }
    if (form.front() != '*')
        return;
    const bool is_extended = form.back() == '*';
    const auto number = parse_unsigned(form.substr(1, form.size() - 1 - (is_extended && form.size() > 1 ? 1 : 0)));
    if (!number && form != "*")
        return;
    if (is_extended)
        value = percent_decoded(!number || *number == 0 ? behind_language(value) : std::string_view(value));
    if (!number) {
        fields_.filename = std::move(value);
        return;
    }
    pieces_[*number] = std::move(value);
    fields_.filename.clear();
    for (const auto& [place, piece] : pieces_)
        fields_.filename += piece;
}

void take_header(MimeFields& fields, std::string_view header)
{
    const auto colon = header.find(':');
    if (colon == std::string_view::npos)
        return;
    const auto name = trim(header.substr(0, colon));
    const auto text = unfolded(header.substr(colon + 1));
    std::string* to = same_nocase(name, "Content-Type")                ? &fields.type :
                      same_nocase(name, "Content-Disposition")       ? &fields.disposition :
                      same_nocase(name, "Content-Transfer-Encoding") ? &fields.encoding :
                      same_nocase(name, "Content-ID")                ? &fields.id :
                      same_nocase(name, "Content-Description")       ? &fields.description :
                                                                       nullptr;
    if (!to)
        return;
    *to = main_value(text);
    if (to == &fields.type || to == &fields.disposition)
        Parameters{fields}.read(text);
}

}

MimeFields read_fields(std::string_view headers, std::size_t most)
{
    MimeFields fields;
    while (!headers.empty()) {
        std::size_t end = 0;
        do {
            end = headers.find('\n', end);
            end = end == std::string_view::npos ? headers.size() : end + 1;
        } while (end < headers.size() && (headers[end] == ' ' || headers[end] == '\t'));
        take_header(fields, headers.substr(0, std::min(end, most)));
        headers.remove_prefix(end);
    }
    return fields;
}

}
