#include "common/log/log.h"

#include "common/log/debug_log.h"
#include "common/log/facets.h"
#include "common/log/journal.h"
#include "common/log/long_line.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <ctime>

#include "common/base/text.h"

namespace gp::log {
namespace {

struct State {
    Sink sink;
    std::string program;
    detail::Facets facets; // of the whole process: -d
};

State& state()
{
    static State the;
    return the;
}

// Whether -d was given: asked for each expansion, and nearly always no.
constinit std::atomic<bool> any_debug = false;

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
    trigger_by_panic();
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
    if (any_debug.load(std::memory_order_relaxed) && state().facets.has(facet))
        return true;
    const auto* of_session = detail::facets_of_running();
    return of_session && of_session->has(facet);
}

void set_debugging(std::string_view facets)
{
    any_debug = true;
    state().facets.select(facets);
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

void detail::write_debug_line(std::string_view text)
{
    std::string safe;
    for (const auto line : split(text, '\n')) // parts of the frame, and the text itself last
        safe += (safe.empty() ? "" : "\n") + one_line(File::debug, line);
    write_safe(File::debug, safe);
}

void debug(std::string_view facet, std::string_view text)
{
    const auto* of_session = detail::facets_of_running();
    if (of_session && of_session->has(facet))
        detail::tell_running(text);
    if (!any_debug || !state().facets.has(facet))
        return;
    // Words that ask for more in each line; only by their own name, not by +all.
    std::string head;
    if (state().facets.names("timestamp"))
        head = time_of_day() + " ";
    if (state().facets.names("pid"))
        head += std::to_string(::getpid()) + " ";
    write(File::debug, head + std::string(text));
}

}
