#include "qmgr/log_lines.h"

#include "qmgr/error_names.h"

namespace gp::qmgr {
namespace {

using mainlog::begin_line, mainlog::put_address, mainlog::put_drivers, mainlog::put_host, mainlog::put_paths, mainlog::put_times, mainlog::put_tls;

void put_message(std::string& line, std::string_view text)
{
    if (text.empty())
        return;
    line += ": ";
    line += text;
}

// What an administrator said by :fail: or :defer:, which may be nothing: the line has its colon all the same, as Exim's.
void put_decision(std::string& line, const LineAddress& to, std::string_view text)
{
    if (text.empty() && !to.router.empty() && to.transport.empty())
        line += ": ";
    else
        put_message(line, text);
}

// A system error's own words stand right after its number; what the agent added follows.
std::string_view without_system_text(std::string_view text, std::string_view system_text)
{
    if (system_text.empty() || !text.starts_with(system_text))
        return text;
    text.remove_prefix(system_text.size());
    if (text.starts_with(": "))
        text.remove_prefix(2);
    return text;
}

// Found before any router ran: no driver is named.
bool is_routing_wait(std::int32_t number)
{
    return number == error_routing_retry || number == error_queue_domain;
}

std::string run_line(std::string_view verb, std::uint32_t process, std::string_view queue, std::string_view options)
{
    std::string line(verb);
    if (!queue.empty())
        line += " '" + std::string(queue) + "'";
    line += " queue run: pid=" + std::to_string(process);
    if (!options.empty())
        line += " " + std::string(options);
    return line;
}

}

std::string delivered_line(const LogSelector& selector, std::string_view id, bool first,
                           const LineAddress& to, const delivery::Outcome& outcome, const LineHost& host,
                           std::uint64_t size, const LineTimes& times)
{
    return mainlog::delivered_line(selector, id, to.pretended ? "*>" : first ? "=>" : "->", to, outcome, host, size, times);
}

std::string discarded_line(const LogSelector& selector, std::string_view id, const LineAddress& to)
{
    auto line = begin_line(id, "=>");
    put_address(line, selector, to, true);
    put_drivers(line, to);
    return line;
}

std::string deferred_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                          std::int32_t error_number, std::string_view text, const LineHost& host,
                          const LineTimes& times)
{
    auto line = begin_line(id, "==");
    put_address(line, selector, to, false);
    if (is_routing_wait(error_number))
        line += " routing";
    else
        put_drivers(line, to);
    line += " defer (" + std::to_string(error_number) + ")";
    const auto system_text = system_error_text(error_number);
    put_message(line, system_text);
    put_host(line, selector, host);
    put_times(line, selector, times, false);
    if (system_text.empty())
        put_decision(line, to, text);
    else
        put_message(line, without_system_text(text, system_text));
    return line;
}

std::string failed_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                        const delivery::Outcome& outcome, const LineHost& host, const LineTimes& times)
{
    auto line = begin_line(id, "**");
    put_address(line, selector, to, false);
    put_paths(line, selector, to);
    put_drivers(line, to);
    put_host(line, selector, host);
    put_tls(line, selector, outcome);
    put_decision(line, to, outcome.text);
    put_times(line, selector, times, false);
    return line;
}

std::string timed_out_line(const LogSelector& selector, std::string_view id, const LineAddress& to)
{
    auto line = begin_line(id, "**");
    put_address(line, selector, to, false);
    line += ": retry timeout exceeded";
    return line;
}

std::string ignored_line(std::string_view id, const LineAddress& to)
{
    std::string line(id);
    line += ' ' + to.address;
    if (!to.original.empty() && to.original != to.address)
        line += ' ' + bracketed(to.original);
    line += ": error ignored";
    return line;
}

std::string host_failure_line(const LogSelector& selector, std::string_view id,
                              const delivery::HostFailure& failure)
{
    std::string line(id);
    put_host(line, selector, {.name = failure.name, .address = failure.address, .port = failure.port});
    // The bare words of a system error follow without a colon: the host could not be reached at all.
    const auto number = failure.error_number ? failure.error_number : error_number_of(failure.error_name);
    const bool is_bare = !failure.text.empty() && failure.text == system_error_text(number);
    line += is_bare ? " " : ": ";
    line += failure.text;
    return line;
}

std::string frozen_line(std::string_view id, std::string_view why)
{
    std::string line(id);
    line += " Frozen";
    if (!why.empty())
        line += " (" + std::string(why) + ")";
    return line;
}

std::string is_frozen_line(std::string_view id)
{
    return remark_line(id, "Message is frozen");
}

std::string remark_line(std::string_view id, std::string_view text)
{
    std::string line(id);
    line += ' ';
    line += text;
    return line;
}

std::string start_run_line(std::uint32_t process, std::string_view queue, std::string_view options)
{
    return run_line("Start", process, queue, options);
}

std::string end_run_line(std::uint32_t process, std::string_view queue, std::string_view options)
{
    return run_line("End", process, queue, options);
}

}
