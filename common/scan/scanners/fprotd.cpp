// f-protd: HTTP; the path of the message is what is asked for, and the answer is XML: "<detected type=…>" and
// "<name>NAME</name>" of a finding, "<summary code=…>clean</summary>" or "infected".

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

// What stands between the first `open`…'>' and `close`; nothing: it is not there.
std::optional<std::string_view> element(std::string_view text, std::string_view open, std::string_view close)
{
    const auto begin = text.find(open);
    const auto inner = begin == text.npos ? begin : text.find('>', begin);
    const auto end = inner == text.npos ? inner : text.find(close, inner);
    return end == text.npos ? std::nullopt : std::optional{trim(text.substr(inner + 1, end - inner - 1))};
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>&,
                                  event::Deadline until)
{
    TRY(server.write("GET " + TRY(letter.file()) + " HTTP/1.0\r\n\r\n", until));
    const auto answer = read_all(server, letter.most_answer, until);
    if (!answer)
        return temporary(answer.error().cause == Cause::timeout ? "unable to read from socket (Connection timed out)"
                                                                : answer.error().text);
    const auto summary = element(*answer, "<summary", "</summary>");
    const bool is_found = answer->find("<detected") != std::string::npos || (summary && same_nocase(*summary, "infected"));
    if (is_found) {
        const auto name = element(*answer, "<name", "</name>");
        return std::vector<Finding>{{"malware_name", name && !name->empty() ? std::string(*name) : "unknown"}};
    }
    if (summary && same_nocase(*summary, "clean"))
        return std::vector<Finding>{};
    // An answer that was cut off, or is about something else, is no clean bill of health.
    return temporary(answer->empty() ? "no answer" : "no verdict in the answer: " + escape(answer->substr(0, 200)));
}

const RegisterScanner self{{.name = "f-protd", .scan = scan, .doc = "F-Prot's daemon."}};

}
}
