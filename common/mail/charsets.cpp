#include "common/mail/charsets.h"

#include <iconv.h>

#include <array>
#include <vector>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace gp::mail {
namespace {

// windows-1252 0x80 to 0x9f; 0 where nothing is assigned.
constexpr std::array<unsigned, 32> cp1252_high = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

struct Latin9Change {
    unsigned char octet;
    unsigned code;
};
constexpr std::array latin9_changes = {
    Latin9Change{0xa4, 0x20ac}, Latin9Change{0xa6, 0x0160}, Latin9Change{0xa8, 0x0161}, Latin9Change{0xb4, 0x017d},
    Latin9Change{0xb8, 0x017e}, Latin9Change{0xbc, 0x0152}, Latin9Change{0xbd, 0x0153}, Latin9Change{0xbe, 0x0178}};

constexpr unsigned unassigned = 0xfffd;
using ToCode = unsigned (*)(unsigned char);

unsigned latin1_code(unsigned char octet)
{
    return octet;
}

unsigned ascii_code(unsigned char octet)
{
    return octet < 128 ? octet : unassigned;
}

unsigned latin9_code(unsigned char octet)
{
    for (const auto& change : latin9_changes)
        if (change.octet == octet)
            return change.code;
    return octet;
}

unsigned cp1252_code(unsigned char octet)
{
    if (octet < 0x80 || octet > 0x9f)
        return octet;
    const auto code = cp1252_high[octet - 0x80u];
    return code ? code : unassigned;
}

ToCode single_octet(std::string_view charset)
{
    struct Known {
        std::string_view name;
        ToCode code;
    };
    static constexpr std::array known = {
        Known{"US-ASCII", ascii_code},     Known{"ASCII", ascii_code},         Known{"ISO-8859-1", latin1_code},
        Known{"ISO8859-1", latin1_code},   Known{"LATIN1", latin1_code},       Known{"ISO-8859-15", latin9_code},
        Known{"WINDOWS-1252", cp1252_code}, Known{"CP1252", cp1252_code}};
    for (const auto& entry : known)
        if (same_nocase(entry.name, charset))
            return entry.code;
    return nullptr;
}

// A character in one of the charsets that are known here.
struct Unit {
    std::string_view octets; // as it stands
    unsigned code = unassigned;
};

Unit unit_at(std::string_view text, ToCode code)
{
    if (code)
        return {text.substr(0, 1), code(static_cast<unsigned char>(text.front()))};
    const auto size = utf8_sequence(text);
    if (size == 0)
        return {text.substr(0, 1), unassigned};
    auto value = static_cast<unsigned char>(text.front()) & (size == 1 ? 0x7fu : 0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i)
        value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    return {text.substr(0, size), value};
}

void append(std::string& out, const Unit& unit, ToCode code)
{
    if (unit.code == unassigned) {
        out += unit.octets;
    } else if (!code) {
        append_utf8(out, unit.code);
    } else {
        for (unsigned octet = 0; octet < 256; ++octet)
            if (code(static_cast<unsigned char>(octet)) == unit.code)
                return out.push_back(static_cast<char>(octet));
        out += unit.octets;
    }
}

Result<std::string> by_iconv(std::string_view in, std::string_view from, std::string_view to)
{
    const auto handle = ::iconv_open(std::string(to).c_str(), std::string(from).c_str());
    if (handle == reinterpret_cast<iconv_t>(-1))
        return permanent("iconv_open(\"" + std::string(to) + "\", \"" + escape(from) +
                         "\") failed: Invalid argument (maybe unsupported conversion)");
    std::string out;
    std::string source(in);
    char* at = source.data();
    std::size_t left = source.size();
    while (left > 0) {
        std::array<char, 256> buffer;
        char* to_at = buffer.data();
        std::size_t room = buffer.size();
        const auto done = ::iconv(handle, &at, &left, &to_at, &room);
        out.append(buffer.data(), buffer.size() - room);
        if (done != static_cast<std::size_t>(-1) || errno == E2BIG)
            continue;
        if (left == 0) // "//IGNORE" leaves out what does not fit, and calls it an error at the end
            break;
        out.push_back(*at);
        ++at;
        --left;
    }
    // Back to where a text of that charset begins: ISO-2022-JP ends in ASCII.
    std::array<char, 16> rest;
    char* to_at = rest.data();
    std::size_t room = rest.size();
    if (::iconv(handle, nullptr, nullptr, &to_at, &room) != static_cast<std::size_t>(-1))
        out.append(rest.data(), rest.size() - room);
    ::iconv_close(handle);
    return out;
}

}

bool is_utf8_name(std::string_view charset)
{
    return same_nocase(charset, "UTF-8") || same_nocase(charset, "UTF8");
}

Result<std::string> translate(std::string_view octets, std::string_view from, std::string_view to)
{
    if (same_nocase(from, to))
        return std::string(octets);
    const auto from_code = single_octet(from), to_code = single_octet(to);
    if ((!from_code && !is_utf8_name(from)) || (!to_code && !is_utf8_name(to)))
        return by_iconv(octets, from, to);
    std::string out;
    out.reserve(octets.size());
    while (!octets.empty()) {
        const auto unit = unit_at(octets, from_code);
        append(out, unit, to_code);
        octets.remove_prefix(unit.octets.size());
    }
    return out;
}

void load_charsets(const std::string& also)
{
    static constexpr std::array names = {
        "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-7",  "ISO-8859-8",   "ISO-8859-9",
        "ISO-8859-15",  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256",
        "WINDOWS-1257", "KOI8-R",       "KOI8-U",       "ISO-2022-JP",  "SHIFT_JIS",   "EUC-JP",       "EUC-KR",
        "GB2312",       "GBK",          "GB18030",      "BIG5",         "TIS-620"};
    static std::vector<iconv_t> open; // what is in use stays loaded
    for (const char* name : names)
        open.push_back(::iconv_open("UTF-8", name));
    if (!also.empty())
        open.push_back(::iconv_open("UTF-8", also.c_str()));
}

}
