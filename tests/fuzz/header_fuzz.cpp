// Header blocks, dates and encoded words: text that is not touched comes back octet for octet.
//
// Input: octet 0 what to do, the text.

#include "common/mail/date.h"
#include "common/mail/encoded_word.h"
#include "common/mail/header_list.h"
#include "common/mail/status_code.h"

namespace {

using namespace gp;

void check_headers(std::string_view text)
{
    const auto parsed = mail::HeaderList::parse(text, {.header_maxsize = 100'000, .headers_max = 1000});
    if (!parsed) {
        if (parsed.error().cause != Cause::too_big)
            panic("only limits refuse headers");
        return;
    }
    auto headers = parsed->headers;
    auto kept = headers.text();
    const auto before_body = text.substr(0, parsed->body);
    if (!before_body.starts_with(kept) && !(kept.starts_with(before_body) && !before_body.ends_with('\n')))
        panic("headers are kept octet for octet");
    const auto count = headers.size();
    headers.add_top("X-Top: a\nX-More: b");
    headers.add_bottom("none");
    headers.add_after_received("X-After: c");
    headers.add_before_first("X-Before: d");
    if (headers.size() != count + 5)
        panic("five headers were added");
    if (headers.remove("X-Top") == 0 || headers.remove("X-*") < 4)
        panic("what was added can be removed");
    for (const auto& header : headers)
        if (header.value().find('\n') != std::string::npos)
            panic("a value is one line");
    (void)headers.is_resent();
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    switch (data[0] % 4) {
    case 0:
        check_headers(text);
        break;
    case 1:
        // Before 1970 the zone may lead out of the years that are read.
        if (const auto date = mail::parse_date(text);
            date && *date >= 0 && mail::parse_date(mail::format_date(*date, 60)).value_or(-1) != *date)
            panic("a date is read as it is written");
        break;
    case 2:
        (void)mail::decode_words(text).value_or("");
        (void)mail::decode_words(text, {.check_length = false, .charset = "ISO-8859-1"}).value_or("");
        break;
    default: {
        const auto words = mail::encode_words(text);
        if (text.find('\0') == std::string_view::npos && mail::decode_words(words).value_or("") != text &&
            words != text)
            panic("words decode to what was encoded");
        (void)mail::enhanced_at_start(text);
    }
    }
    return 0;
}
