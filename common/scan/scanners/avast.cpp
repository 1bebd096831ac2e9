// avast: "220" greets; options of the configuration are commands, but for pass_unscanned, which is ours; SCAN names a directory. A line of the answer has the
// file, a tab, and "[+]" (clean), "[L]" (a finding, its name behind "0 ") or "[E]" (trouble with this file).

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::string_view late = "timeout from scanner";
constexpr int most_lines = 10'000;

// Blanks and backslashes are escaped with a backslash.
std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\' && i + 1 < text.size();
        out += text[i];
    }
    return out;
}

bool has_code(std::string_view line, std::string_view code)
{
    return line.starts_with(code) && (line.size() == code.size() || line[code.size()] == ' ');
}

constexpr std::string_view pass_unscanned = "pass_unscanned"; // what could not be looked into is clean

// "file<tab>[L]9.0<tab>0 NAME", "file<tab>[E]0.0<tab>Error 42110 The\\ file\\ is\\ a\\ decompression\\ bomb"
std::string name_in(std::string_view line, bool passes_unscanned)
{
    const auto fields = split(line, '\t');
    if (fields.size() < 3)
        return {};
    if (fields[1].starts_with("[L]"))
        return unescaped(trim(fields[2].substr(std::min(fields[2].find(' '), fields[2].size()))));
    if (passes_unscanned || !fields[1].starts_with("[E]") || !fields[2].starts_with("Error "))
        return {};
    // What the scanner cannot look into on purpose has numbers of its own, and is as bad.
    const auto rest = fields[2].substr(6);
    const auto number = rest.substr(0, rest.find(' '));
    return number.size() >= 5 ? unescaped(trim(rest.substr(number.size()))) : std::string{};
}

// Everything up to the line that ends a command's answer: "200 …", or "4xx …" and "5xx …" for trouble.
Status read_reply(event::LineReader& reader, const Letter& letter, std::string& name, bool passes_unscanned, event::Deadline until)
{
    for (int lines = 0; lines < most_lines; ++lines) {
        const auto line = TRY(read_answer(reader, letter, late, until));
        if (has_code(line, "200"))
            return {};
        if (line.size() > 3 && (line[0] == '4' || line[0] == '5') && is_digit(line[1]) && is_digit(line[2]) && line[3] == ' ')
            return temporary(escape(line.substr(0, 200)));
        if (line.empty())
            break;
        if (name.empty())
            name = name_in(line, passes_unscanned);
    }
    return temporary("no end of the scanner's answer");
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    const bool passes = std::ranges::find(arguments, pass_unscanned) != arguments.end();
    const auto directory = directory_of(TRY(letter.file()));
    event::LineReader reader{server};
    const auto greeting = TRY(read_answer(reader, letter, late, until));
    if (!has_code(greeting, "220"))
        return temporary("unexpected greeting: " + escape(greeting.substr(0, 200)));
    std::string name;
    auto done = Status{};
    for (const auto& option : arguments)
        if (done && option != pass_unscanned) {
            TRY(server.write(option + "\n", until));
            done = read_reply(reader, letter, name, passes, until);
        }
    name.clear();
    if (done) {
        TRY(server.write("SCAN " + directory + "\n", until));
        done = read_reply(reader, letter, name, passes, until);
    }
    (void)!server.write("QUIT\n", until); // good manners; the connection goes anyway
    if (!done)
        return done.error();
    return name.empty() ? std::vector<Finding>{} : std::vector<Finding>{{"malware_name", name}};
}

const RegisterScanner self{{.name = "avast", .scan = scan, .doc = "Avast's daemon."}};

}
}
