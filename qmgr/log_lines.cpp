#include "qmgr/log_lines.h"

#include <cstdio>

#include "common/base/duration.h"
#include "qmgr/error_names.h"

namespace gp::qmgr {
namespace {

std::string bracketed(std::string_view address)
{
    return "<" + std::string(address) + ">";
}

// The address as all lines begin with it: final, intermediate in parentheses, original in angle brackets.
// The intermediate one of an ordinary address is shown with all_parents alone.
void put_address(std::string& line, const LogSelector& selector, const LineAddress& to, bool success)
{
    const bool as_local = success && !to.local_part.empty() && to.kind.empty();
    line += as_local ? to.local_part : to.address;
    const bool has_parent = !to.parent.empty() && (selector.all_parents || !to.kind.empty());
    if (has_parent)
        line += " (" + to.parent + ")";
    if (!to.original.empty() && (as_local || to.original != to.address))
        line += " " + bracketed(to.original);
}

void put_paths(std::string& line, const LogSelector& selector, const LineAddress& to)
{
    if (selector.sender_on_delivery)
        line += " F=" + bracketed(to.sender);
    if (selector.return_path_on_delivery && !to.transport.empty())
        line += " P=" + bracketed(to.return_path);
}

void put_drivers(std::string& line, const LineAddress& to)
{
    if (!to.router.empty())
        line += " R=" + to.router;
    if (!to.transport.empty())
        line += " T=" + to.transport;
}

void put_host(std::string& line, const LogSelector& selector, const LineHost& host)
{
    if (host.name.empty() && host.address.empty())
        return;
    line += " H=" + host.name;
    if (selector.dnssec && host.dnssec)
        line += " DS";
    if (!host.address.empty())
        line += " [" + host.address + "]";
    if (selector.outgoing_port && host.port)
        line += ":" + std::to_string(host.port);
    if (host.reused)
        line += '*';
    if (selector.incoming_interface && selector.outgoing_interface && !host.interface_address.empty()) {
        line += " I=[" + host.interface_address + "]";
        if (selector.outgoing_port)
            line += ":" + std::to_string(host.interface_port);
    }
}

void put_proxy(std::string& line, const LogSelector& selector, const delivery::Outcome& outcome)
{
    if (!selector.proxy || outcome.proxy_address.empty())
        return;
    line += " PRX=[" + outcome.proxy_address + "]";
    if (selector.outgoing_port)
        line += ":" + std::to_string(outcome.proxy_port);
}

void put_tls(std::string& line, const LogSelector& selector, const delivery::Outcome& outcome)
{
    if (outcome.tls_cipher.empty())
        return;
    if (selector.tls_cipher)
        line += " X=" + outcome.tls_cipher;
    if (selector.tls_certificate_verified)
        line += outcome.dane ? " CV=dane" : outcome.tls_certificate_verified ? " CV=yes" : " CV=no";
    if (selector.tls_peerdn && !outcome.tls_peer_dn.empty())
        line += " DN=\"" + outcome.tls_peer_dn + "\"";
}

// C="…": quotes and backslashes get a backslash; a line end is \\n.
void put_confirmation(std::string& line, std::string_view text)
{
    line += " C=\"";
    for (const char c : text) {
        if (c == '\n') {
            line += "\\\\n";
            continue;
        }
        if (c == '"' || c == '\\')
            line += '\\';
        line += c;
    }
    line += '"';
}

void put_times(std::string& line, const LogSelector& selector, const LineTimes& times, bool with_queue)
{
    if (with_queue && selector.queue_time && times.on_queue >= 0)
        line += " QT=" + time_text(times.on_queue, selector.millisec);
    if (selector.deliver_time && times.delivery >= 0)
        line += " DT=" + time_text(times.delivery, selector.millisec);
}

std::string begin(std::string_view id, std::string_view flag)
{
    std::string line(id);
    line += ' ';
    line += flag;
    line += ' ';
    return line;
}

void put_message(std::string& line, std::string_view text)
{
    if (text.empty())
        return;
    line += ": ";
    line += text;
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

std::string time_text(std::int64_t microseconds, bool milliseconds)
{
    constexpr std::int64_t million = 1'000'000;
    if (microseconds < 0)
        microseconds = 0;
    const auto seconds = microseconds / million;
    if (!milliseconds || seconds >= 5)
        return format_duration(std::chrono::seconds(seconds));
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%d.%03ds", static_cast<int>(seconds),
                  static_cast<int>(microseconds % million / 1000));
    return buffer;
}

std::string delivered_line(const LogSelector& selector, std::string_view id, bool first,
                           const LineAddress& to, const delivery::Outcome& outcome, const LineHost& host,
                           std::uint64_t size, const LineTimes& times)
{
    auto line = begin(id, to.pretended ? "*>" : first ? "=>" : "->");
    put_address(line, selector, to, true);
    put_paths(line, selector, to);
    put_drivers(line, to);
    if (selector.delivery_size)
        line += " S=" + std::to_string(outcome.delivered_octets ? outcome.delivered_octets : size);
    if (!outcome.shadow.empty())
        line += " ST=" + outcome.shadow;
    put_host(line, selector, host);
    put_proxy(line, selector, outcome);
    put_tls(line, selector, outcome);
    if (!outcome.authenticated_as.empty())
        line += " A=" + outcome.authenticated_as;
    if (selector.pipelining && outcome.pipelining)
        line += " L";
    if (outcome.prdr)
        line += " PRDR";
    if (outcome.chunking)
        line += " K";
    if (selector.smtp_confirmation && !outcome.text.empty())
        put_confirmation(line, outcome.text);
    put_times(line, selector, times, true);
    return line;
}

std::string discarded_line(const LogSelector& selector, std::string_view id, const LineAddress& to)
{
    auto line = begin(id, "=>");
    put_address(line, selector, to, true);
    put_drivers(line, to);
    return line;
}

std::string deferred_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                          std::int32_t error_number, std::string_view text, const LineHost& host,
                          const LineTimes& times)
{
    auto line = begin(id, "==");
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
    put_message(line, without_system_text(text, system_text));
    return line;
}

std::string failed_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                        const delivery::Outcome& outcome, const LineHost& host, const LineTimes& times)
{
    auto line = begin(id, "**");
    put_address(line, selector, to, false);
    put_paths(line, selector, to);
    put_drivers(line, to);
    put_host(line, selector, host);
    put_tls(line, selector, outcome);
    put_message(line, outcome.text);
    put_times(line, selector, times, false);
    return line;
}

std::string timed_out_line(const LogSelector& selector, std::string_view id, const LineAddress& to)
{
    auto line = begin(id, "**");
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

std::string completed_line(const LogSelector& selector, std::string_view id, std::int64_t on_queue)
{
    std::string line(id);
    line += " Completed";
    if (selector.queue_time_overall)
        line += " QT=" + time_text(on_queue, selector.millisec);
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
