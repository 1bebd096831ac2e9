#include "common/mail/rejected_words.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/mail/header_list.h"

namespace gp::mail {
namespace {

constexpr std::size_t most_shown = 1024;           // octets of one thing that a stranger said
constexpr std::size_t most_shown_recipients = 100; // of an envelope

std::string tame(std::string_view text)
{
    return escape(text.substr(0, most_shown), true);
}

// The letter that Exim gives to a header of a known kind; of those that were sent again, the newer block counts.
char mark_of(const Header& header, bool is_resent)
{
    constexpr std::pair<std::string_view, char> marks[] = {{"From", 'F'},     {"To", 'T'},     {"Cc", 'C'},        {"Bcc", 'B'},
                                                           {"Reply-To", 'R'}, {"Sender", 'S'}, {"Message-ID", 'I'}};
    if (header.is("Received"))
        return 'P';
    for (const auto& [name, mark] : marks)
        if (header.is(is_resent ? "Resent-" + std::string(name) : std::string(name)))
            return mark;
    return ' ';
}

}

// With two characters before each header, as Exim has them.
std::string headers_words(std::string_view headers, std::span<const std::uint32_t> old)
{
    std::string out;
    const auto parsed = HeaderList::parse(headers);
    if (!parsed)
        return out;
    const bool is_resent = parsed->headers.is_resent();
    std::uint32_t index = 0;
    for (const auto& header : parsed->headers) {
        const char mark = std::ranges::binary_search(old, index++) ? '*' : mark_of(header, is_resent);
        std::string text = replace_all(header.text(), "\r\n", "\n");
        if (!text.empty() && text.back() == '\n')
            text.pop_back();
        out += "\n" + std::string(1, mark) + " " + text;
    }
    return out;
}

std::string envelope_words(std::string_view sender, const std::vector<Recipient>& recipients)
{
    std::vector<std::string> addresses;
    for (std::size_t at = 0; at < std::min(recipients.size(), most_shown_recipients + 1); ++at)
        addresses.push_back(recipients[at].address);
    return envelope_words(sender, addresses);
}

std::string envelope_words(std::string_view sender, const std::vector<std::string>& recipients)
{
    std::string out = "\nEnvelope-from: <" + tame(sender) + ">";
    std::size_t shown = 0;
    for (const auto& recipient : recipients) {
        if (shown == most_shown_recipients) {
            out += "\n    ...";
            break;
        }
        out += (shown++ == 0 ? "\nEnvelope-to: <" : "\n    <") + tame(recipient) + ">";
    }
    return out;
}

std::string abandoned_words(Overlong why, std::uint64_t limit, std::string_view client)
{
    return std::string(why == Overlong::line ? "overlong message header line" : "ridiculously long message header") +
           " received from " + std::string(client) + " (more than " + std::to_string(limit) +
           " characters): message abandoned";
}

}
