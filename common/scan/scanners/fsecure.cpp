// fsecure: four settings, each with an answer, then SCAN; lines with "INFECTED", a tab, the file, a tab and the name.

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::string_view settings[] = {"CONFIGURE\tARCHIVE\t1\n", "CONFIGURE\tTIMEOUT\t0\n", "CONFIGURE\tMAXARCH\t5\n",
                                         "CONFIGURE\tMIME\t1\n"};
constexpr int most_lines = 10'000;

// "…INFECTED<tab>file<tab>NAME<tab>…"
std::string name_in(std::string_view line)
{
    const auto at = line.find("INFECTED\t");
    if (at == std::string_view::npos)
        return {};
    const auto fields = split(line.substr(at), '\t');
    return std::string(fields.size() > 2 ? trim(fields[2]) : std::string_view("unknown"));
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>&,
                                  event::Deadline until)
{
    const auto path = TRY(letter.file());
    for (std::size_t i = 0; i < std::size(settings); ++i) {
        TRY(server.write(settings[i], until));
        std::array<char, 1024> answer; // nothing of it counts, not even its end
        const auto got = server.read(answer, until);
        if (!got && got.error().cause == Cause::timeout)
            return temporary("unable to read answer " + std::to_string(i) + " (Connection timed out)");
        if (!got)
            return got.error();
    }
    TRY(server.write("SCAN\t" + path + "\n", until));
    event::LineReader reader{server};
    std::string name;
    for (int lines = 0; lines < most_lines; ++lines) {
        const auto line = TRY(read_answer(reader, letter, "unable to read result (Connection timed out)", until));
        if (name.empty())
            name = name_in(line);
        if (line.starts_with("OK\t"))
            return name.empty() ? std::vector<Finding>{} : std::vector<Finding>{{"malware_name", name}};
        if (line.empty())
            break;
    }
    return temporary("no end of the scanner's answer");
}

const RegisterScanner self{{.name = "fsecure", .scan = scan, .doc = "F-Secure's daemon."}};

}
}
