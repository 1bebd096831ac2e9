#include "common/mail/header.h"

#include "common/base/text.h"

namespace gp::mail {

std::size_t header_name_length(std::string_view line)
{
    std::size_t length = 0;
    while (length < line.size()) {
        const auto c = static_cast<unsigned char>(line[length]);
        if (c <= ' ' || c == ':' || c == 127)
            break;
        ++length;
    }
    auto colon = length;
    while (colon < line.size() && (line[colon] == ' ' || line[colon] == '\t'))
        ++colon;
    // A line that begins with a blank continues another one and names nothing.
    const bool is_header = colon < line.size() && line[colon] == ':' && (length > 0 || colon == 0);
    return is_header ? length : std::string_view::npos;
}

std::string unfold(std::string_view raw)
{
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const bool crlf = raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n';
        if (crlf)
            ++i;
        else if (raw[i] != '\n')
            out.push_back(raw[i]);
    }
    return out;
}

Header::Header(std::string text) : text_(std::move(text))
{
    if (!text_.ends_with('\n'))
        text_ += "\r\n";
    measure();
}

void Header::measure()
{
    const auto length = header_name_length(text_);
    name_length_ = length == std::string_view::npos ? 0 : length;
    const auto colon = length == std::string_view::npos ? std::string::npos : text_.find(':', length);
    colon_ = colon == std::string::npos ? text_.size() - 1 : colon;
}

std::string Header::value() const
{
    return std::string(trim(unfold(raw_value())));
}

bool Header::is(std::string_view name) const
{
    return same_nocase(this->name(), name);
}

void Header::set_value(std::string_view value, std::string_view line_end)
{
    text_ = std::string(name()) + ": " + std::string(value) + std::string(line_end);
    measure();
}

}
