#include "common/log/log.h"

#include "common/log/long_line.h"
#include "common/log/journal.h"

#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <set>

#include "common/base/text.h"

namespace gp::log {
namespace {

struct State {
    Sink sink;
    std::string program;
    bool any_debug = false;
    bool all_debug = false;
    std::set<std::string, std::less<>> facets;
    std::set<std::string, std::less<>> muted;
};

State& state()
{
    static State the;
    return the;
}

// Newlines are kept in the reject log alone, where Exim has the headers of a refused message.
std::string one_line(File file, std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte >= ' ' && byte != 127) || c == '\t')
            out.push_back(c);
        else if (c == '\n' && file == File::reject)
            out.push_back(c);
        else
            out += escape(std::string_view(&c, 1));
    }
    return out;
}

void write_safe(File file, const std::string& safe)
{
    const Entry entry{file, SystemClock{}.now(), safe};
    if (state().sink)
        return state().sink(entry);
    const std::string line = safe + "\n";
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0)
        return; // nowhere left to say it
}

void write(File file, std::string_view text)
{
    write_safe(file, one_line(file, text));
}

std::string about_us(std::string_view text)
{
    return state().program.empty() ? std::string(text) : state().program + ": " + std::string(text);
}

}

void set_sink(Sink sink)
{
    state().sink = std::move(sink);
}

void set_program(std::string_view name)
{
    state().program = name;
}

void main(std::string_view text)
{
    write(File::main, text);
}

void main_in_two_lines(std::string_view text, std::string_view advice)
{
    write_safe(File::main, one_line(File::main, text) + "\n " + one_line(File::main, advice));
}

void reject(std::string_view text)
{
    write(File::reject, text);
}

void journal(std::string_view json)
{
    write(File::journal, json);
}

void panic(std::string_view text)
{
    if (state().sink) // standard error needs it once
        write(File::main, text);
    write(File::panic, text);
}

void panic_alone(std::string_view text)
{
    write(File::panic, text);
}

void remark(std::string_view text)
{
    write(File::main, about_us(text));
}

void warning(std::string_view text)
{
    write(File::main, about_us("warning: " + std::string(text)));
}

void alarm(std::string_view text)
{
    panic(about_us(text));
}

bool debugging(std::string_view facet)
{
    const auto& s = state();
    if (!s.any_debug)
        return false;
    return s.facets.contains(facet) || (s.all_debug && !s.muted.contains(facet));
}

void set_debugging(std::string_view facets)
{
    auto& s = state();
    s.any_debug = true;
    while (!facets.empty()) {
        const auto end = facets.find_first_of("+-", 1);
        const auto word = facets.substr(0, end);
        const bool off = word.starts_with('-');
        const auto name = word.substr(word.starts_with('+') || off ? 1 : 0);
        if (name == "all")
            s.all_debug = !off;
        else if (off)
            s.facets.erase(std::string(name)), s.muted.emplace(name);
        else
            s.muted.erase(std::string(name)), s.facets.emplace(name);
        facets.remove_prefix(end == std::string_view::npos ? facets.size() : end);
    }
}

namespace {

std::string time_of_day()
{
    const auto now = SystemClock{}.seconds();
    const std::time_t seconds = now;
    std::tm parts{};
    char text[16];
    ::localtime_r(&seconds, &parts);
    return {text, std::strftime(text, sizeof text, "%H:%M:%S", &parts)};
}

}

void debug(std::string_view facet, std::string_view text)
{
    if (!debugging(facet))
        return;
    // Words that ask for more in each line; only by their own name, not by +all.
    std::string head;
    if (state().facets.contains("timestamp"))
        head = time_of_day() + " ";
    if (state().facets.contains("pid"))
        head += std::to_string(::getpid()) + " ";
    write(File::debug, head + std::string(text));
}

}
