// drweb: numbers of four octets, the high one first. A command, flags, the path of the message (or no path, and the
// message itself), is answered by a code of bits, how many names follow, and each name with its length.
//
// Where the daemon listens on a Unix socket it opens the message itself (the argument "file").

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::uint32_t scan_command = 1;
constexpr std::uint32_t flags = 0x0008'0001; // names are told, and it is mail
constexpr std::uint32_t infected = 0x20 | 0x40 | 0x80; // a known one, an unknown one, a modification of one
struct Trouble {
    std::uint32_t bit;
    std::string_view words;
};
constexpr Trouble troubles[] = {{0x1, "read error"}, {0x4, "no memory"}, {0x200, "timeout"}, {0x8000, "wrong command"}};

std::string number(std::uint64_t value)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xff);
    return out;
}

// `what` is named where it does not come.
Result<std::string> read_octets(event::Stream& server, std::size_t count, std::string_view what, event::Deadline until)
{
    std::string out(count, '\0');
    for (std::size_t at = 0; at < count;) {
        const auto got = server.read({out.data() + at, count - at}, until);
        if (!got || *got == 0)
            return temporary("unable to read " + std::string(what), got ? Cause::other : got.error().cause);
        at += *got;
    }
    return out;
}

Result<std::uint32_t> read_number(event::Stream& server, std::string_view what, event::Deadline until)
{
    std::uint32_t value = 0;
    for (const char c : TRY(read_octets(server, 4, what, until)))
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

Status ask(event::Stream& server, const Letter& letter, bool as_file, event::Deadline until)
{
    if (as_file) {
        const auto path = TRY(letter.file());
        return server.write(number(scan_command) + number(flags) + number(path.size()) + path + number(0), until);
    }
    if (letter.size() > 0xffff'ffff)
        return permanent("the message is too large for drweb");
    TRY(server.write(number(scan_command) + number(flags) + number(0) + number(letter.size()), until));
    return letter.each([&](std::string_view piece) { return server.write(piece, until); });
}

// "infected with NAME", with a NUL behind it. `room` is what the scanner may still say.
Result<std::string> read_name(event::Stream& server, std::size_t& room, event::Deadline until)
{
    const auto size = TRY(read_number(server, "the size of a name", until));
    if (size > room)
        return temporary("the scanner's answer is too long (scanner_answer_limit)", Cause::too_big);
    room -= size;
    const auto octets = TRY(read_octets(server, size, "a name", until));
    auto name = std::string_view(octets).substr(0, octets.find('\0'));
    constexpr std::string_view beginning = "infected with ";
    if (name.starts_with(beginning))
        name.remove_prefix(beginning.size());
    return std::string(trim(name));
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    TRY(ask(server, letter, !arguments.empty() && arguments.front() == "file", until));
    const auto code = TRY(read_number(server, "return code", until));
    const auto count = TRY(read_number(server, "the number of viruses", until));
    // What was found counts, whatever could not be looked at beside it.
    if (count == 0 && (code & infected) == 0) {
        for (const auto& [bit, words] : troubles)
            if (code & bit)
                return temporary("drweb daemon retcode " + std::to_string(code) + " (" + std::string(words) + ")");
        return std::vector<Finding>{};
    }
    // The first that has a name; the connection goes anyway.
    std::string name;
    auto room = letter.most_answer;
    for (std::uint32_t i = 0; i < count && name.empty(); ++i)
        name = TRY(read_name(server, room, until));
    return std::vector<Finding>{{"malware_name", name.empty() ? "unknown" : name}};
}

const RegisterScanner self{{.name = "drweb", .scan = scan, .doc = "Dr.Web's daemon."}};

}
}
