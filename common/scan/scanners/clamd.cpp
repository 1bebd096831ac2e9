// clamd: the message goes as a stream (INSTREAM), the answer is a line: "stream: NAME FOUND".

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::size_t longest_chunk = 128 * 1024;

std::string length_of(std::size_t size)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(size >> shift & 0xff);
    return out;
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>&,
                                  event::Deadline until)
{
    TRY(server.write(std::string_view("zINSTREAM\0", 10), until));
    const auto sent = letter.each([&](std::string_view piece) -> Status {
        for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), longest_chunk))) {
            const auto chunk = piece.substr(0, longest_chunk);
            TRY(server.write(length_of(chunk.size()) + std::string(chunk), until));
        }
        return {};
    });
    // A server that has had enough (StreamMaxLength) says so and closes; its words are worth more than our error.
    if (sent)
        (void)!server.write(length_of(0), until);
    auto answer = read_all(server, letter.most_answer, until);
    if (!answer)
        return sent ? answer.error() : sent.error();
    std::string_view text = *answer;
    while (!text.empty() && (text.back() == '\0' || text.back() == '\n'))
        text.remove_suffix(1);
    if (text == "stream: OK")
        return std::vector<Finding>{};
    if (text.starts_with("stream: ") && text.ends_with(" FOUND"))
        return std::vector<Finding>{{"malware_name", std::string(trim(text.substr(8, text.size() - 8 - 6)))}};
    return temporary("clamd: " + (text.empty() ? "no answer" : escape(text.substr(0, 200))));
}

const RegisterScanner self{{.name = "clamd", .scan = scan, .doc = "ClamAV's daemon."}};

}
}
