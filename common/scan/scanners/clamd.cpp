// clamd: the message goes as a stream (INSTREAM), or its path does (SCAN); the answer is a line: "stream: NAME FOUND".

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

// "stream: NAME FOUND", "/a/file: OK", "… ERROR"; a NUL or a line end closes it.
Result<std::string> read_verdict(event::Stream& server, const Letter& letter, event::Deadline until)
{
    std::string out;
    for (char c = 0;;) {
        const auto got = server.read({&c, 1}, until);
        if (!got && got.error().cause == Cause::timeout)
            return temporary("unable to read from socket (Connection timed out)");
        if (!got)
            return got.error();
        if (*got == 0 || c == '\0' || c == '\n')
            return out;
        if (out.size() >= letter.most_answer)
            return temporary("the scanner's answer is too long (scanner_answer_limit)", Cause::too_big);
        out += c;
    }
}

Result<std::vector<Finding>> finding_in(std::string_view text)
{
    text = trim(text);
    const auto colon = text.find(": ");
    if (text.ends_with(" FOUND") && colon != std::string_view::npos)
        return std::vector<Finding>{{"malware_name", std::string(trim(text.substr(colon + 2, text.size() - colon - 2 - 6)))}};
    if (text.ends_with(": OK"))
        return std::vector<Finding>{};
    return temporary("ClamAV returned: " + (text.empty() ? "nothing" : escape(text.substr(0, 200))));
}

Status send_stream(event::Stream& server, const Letter& letter, event::Deadline until)
{
    TRY(server.write(std::string_view("zINSTREAM\0", 10), until));
    TRY(letter.each([&](std::string_view piece) -> Status {
        for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), longest_chunk))) {
            const auto chunk = piece.substr(0, longest_chunk);
            TRY(server.write(length_of(chunk.size()) + std::string(chunk), until));
        }
        return {};
    }));
    return server.write(length_of(0), until);
}

// The argument "file": clamd is on this host and opens the message itself.
Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    Status sent;
    if (!arguments.empty() && arguments.front() == "file")
        sent = server.write("SCAN " + TRY(letter.file()) + "\n", until);
    else
        sent = send_stream(server, letter, until);
    // A server that has had enough (StreamMaxLength) says so and closes; its words are worth more than our error.
    auto answer = read_verdict(server, letter, until);
    if (!answer)
        return sent ? answer.error() : sent.error();
    return finding_in(*answer);
}

const RegisterScanner self{{.name = "clamd", .scan = scan, .doc = "ClamAV's daemon."}};

}
}
