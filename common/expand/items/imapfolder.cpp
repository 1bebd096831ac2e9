// ${imapfolder{name}{separator}{specials}}: a folder's name as Courier has it on disk: modified UTF-7 (RFC 3501
// section 5.1.3), with dots between its levels (manual 60.2).

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/expand/item.h"
#include "common/expand/scene.h"
#include "common/mail/charsets.h"

namespace gp::expand {
namespace {

std::string utf16_of(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    std::uint32_t code = sequence.size() == 1 ? first : first & (0x7fu >> sequence.size());
    for (const char c : sequence.substr(1))
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
    std::string out;
    const auto put = [&](std::uint32_t unit) {
        out += static_cast<char>(unit >> 8);
        out += static_cast<char>(unit & 0xff);
    };
    if (code < 0x10000) {
        put(code);
    } else {
        put(0xd800 + ((code - 0x10000) >> 10));
        put(0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    return out;
}

// "&…-": base 64 of UTF-16, with a comma for the slash and without padding.
std::string shifted(std::string_view utf16)
{
    std::string out = base64_encode(utf16);
    while (out.ends_with('='))
        out.pop_back();
    for (char& c : out)
        if (c == '/')
            c = ',';
    return '&' + out + '-';
}

Result<Text> imapfolder(const ItemCall& call)
{
    if (call.arguments.size() > 1 && call.arguments[1].text.size() != 1)
        return misconfigured("IMAP folder separator must be one character, found \"" + call.arguments[1].text + "\"");
    const char separator = call.arguments.size() > 1 ? call.arguments[1].text.front() : '/';
    const std::string_view specials = call.arguments.size() > 2 ? std::string_view(call.arguments[2].text) : "";
    auto name = mail::translate(call.arguments[0].text, call.scene.site().headers_charset, "UTF-8");
    if (!name || !is_utf8(*name))
        return misconfigured("imapfolder: iconv() failed to convert from " + call.scene.site().headers_charset +
                             ": Invalid or incomplete multibyte or wide character");
    std::string out, pending;
    bool after_separator = false;
    std::string_view rest = *name;
    const auto flush = [&] {
        if (!pending.empty())
            out += shifted(pending);
        pending.clear();
    };
    while (!rest.empty()) {
        const auto sequence = rest.substr(0, std::max<std::size_t>(1, utf8_sequence(rest)));
        rest.remove_prefix(sequence.size());
        const char c = sequence.front();
        if (c == separator) {
            flush();
            after_separator = !out.empty();
            continue;
        }
        if (after_separator)
            out += '.';
        after_separator = false;
        const bool is_mark = c == '.' || c == '/';
        if (is_mark && specials.find(c) == std::string_view::npos)
            return misconfigured("imapfolder: illegal character '" + std::string(1, c) + "'");
        if (sequence.size() > 1 || !is_printable(c) || specials.find(c) != std::string_view::npos) {
            pending += utf16_of(sequence);
            continue;
        }
        flush();
        out += c == '&' ? std::string("&-") : std::string(1, c);
    }
    flush();
    Text result = Text::clean(std::move(out));
    result.mark(call.arguments[0]);
    return result;
}

const RegisterItem self{{
    .name = "imapfolder",
    .least = 1,
    .most = 3,
    .apply = imapfolder,
    .doc = "A mail folder's name on disk.",
}};

}
}
