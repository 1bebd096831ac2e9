#include "cleanup/scan/mime_decoder.h"

#include <array>

#include "common/base/digits.h"

namespace gp::scan {
namespace {

constexpr std::size_t longest_line = 64 * 1024; // a longer one is taken in pieces

// What each octet is worth as a digit; -1: it is none.
constexpr std::array<std::int8_t, 256> base64_digits = [] {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}();

}

MimeDecoder::MimeDecoder(std::string_view encoding)
    : kind_(encoding == "base64" ? Kind::base64 : encoding == "quoted-printable" ? Kind::quoted : Kind::plain)
{
}

std::string_view MimeDecoder::anomaly_text() const
{
    if (anomaly_ == 0)
        return {};
    return anomaly_ == 1 ? "Broken Quoted-Printable encoding detected" : "Broken BASE64 encoding detected";
}

void MimeDecoder::add(std::string_view octets, std::string& out)
{
    switch (kind_) {
    case Kind::plain: return add_plain(octets, out);
    case Kind::base64: return add_base64(octets, out);
    case Kind::quoted: return add_quoted(octets, out);
    }
}

void MimeDecoder::finish(std::string& out)
{
    if (after_return_)
        out += '\r';
    if (kind_ == Kind::base64)
        flush_base64(out);
    if (kind_ == Kind::quoted && !line_.empty())
        quoted_line(line_, false, out);
    line_.clear();
    after_return_ = false;
}

void MimeDecoder::add_plain(std::string_view octets, std::string& out)
{
    for (const char c : octets) {
        if (after_return_ && c != '\n')
            out += '\r';
        after_return_ = c == '\r';
        if (!after_return_)
            out += c;
    }
}

// What is left of a group that was cut short: RFC 4648 section 4.
void MimeDecoder::flush_base64(std::string& out)
{
    if (digits_ >= 2)
        out += static_cast<char>(bits_ >> (digits_ == 2 ? 4 : 10));
    if (digits_ == 3)
        out += static_cast<char>((bits_ >> 2) & 0xff);
    bits_ = 0;
    digits_ = 0;
}

void MimeDecoder::add_base64(std::string_view octets, std::string& out)
{
    for (const char c : octets) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        if (c == '=') {
            flush_base64(out);
            continue;
        }
        const int digit = base64_digits[static_cast<unsigned char>(c)];
        if (digit < 0) {
            anomaly_ = 2;
            continue;
        }
        bits_ = (bits_ << 6) | static_cast<std::uint32_t>(digit);
        if (++digits_ < 4)
            continue;
        out += static_cast<char>((bits_ >> 16) & 0xff);
        out += static_cast<char>((bits_ >> 8) & 0xff);
        out += static_cast<char>(bits_ & 0xff);
        bits_ = 0;
        digits_ = 0;
    }
}

void MimeDecoder::add_quoted(std::string_view octets, std::string& out)
{
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        line_ += octets.substr(0, end);
        octets.remove_prefix(end == std::string_view::npos ? octets.size() : end + 1);
        if (end != std::string_view::npos) {
            quoted_line(line_, true, out);
            line_.clear();
        } else if (line_.size() > longest_line) {
            const auto whole = line_.size() - 3; // "=4" may get its last digit yet
            quoted_line(std::string_view(line_).substr(0, whole), false, out);
            line_.erase(0, whole);
        }
    }
}

// Section 6.7: blanks at the end were added on the way, "=" at the end joins lines.
void MimeDecoder::quoted_line(std::string_view line, bool has_end, std::string& out)
{
    if (has_end)
        while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
            line.remove_suffix(1);
    const bool is_joined = line.ends_with('=');
    if (is_joined)
        line.remove_suffix(1);
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '=') {
            out += line[i];
            continue;
        }
        const int octet = hex_octet(line, i + 1);
        if (octet >= 0) {
            out += static_cast<char>(octet);
            i += 2;
        } else {
            anomaly_ = 1;
            out += '=';
        }
    }
    if (has_end && !is_joined)
        out += '\n';
}

}
