#include "common/mainlog/delivery_line.h"

#include <algorithm>

#include "common/base/elapsed.h"
#include "common/base/port_list.h"

namespace gp::mainlog {

std::string bracketed(std::string_view address)
{
    return "<" + std::string(address) + ">";
}

// The address as all lines begin with it: final, intermediate in parentheses, original in angle brackets.
// The intermediate ones are shown with all_parents; without it a file or the like has the nearest one.
void put_address(std::string& line, const LogSelector& selector, const LineAddress& to, bool success)
{
    const bool as_local = success && !to.local_part.empty() && to.kind.empty();
    line += as_local ? to.local_part : to.address;
    const std::size_t shown = selector.all_parents ? to.ancestors.size() : to.kind.empty() ? 0 : std::min<std::size_t>(1, to.ancestors.size());
    for (std::size_t i = 0; i < shown; ++i)
        line += (i == 0 ? " (" : ", ") + to.ancestors[i];
    if (shown > 0)
        line += ")";
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
    if (selector.outgoing_port && host.port && is_in_port_list(selector.log_ports, host.port))
        line += ":" + std::to_string(host.port);
    if (host.reused)
        line += '*';
    if (selector.incoming_interface && selector.outgoing_interface && !host.interface_address.empty()) {
        line += " I=[" + host.interface_address + "]";
        if (selector.outgoing_port && is_in_port_list(selector.log_ports, host.interface_port))
            line += ":" + std::to_string(host.interface_port);
    }
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
        line += " QT=" + format_elapsed(times.on_queue, selector.millisec);
    if (selector.deliver_time && times.delivery >= 0)
        line += " DT=" + format_elapsed(times.delivery, selector.millisec);
}

std::string begin_line(std::string_view id, std::string_view flag)
{
    std::string line(id);
    line += ' ';
    line += flag;
    line += ' ';
    return line;
}

std::string completed_line(const LogSelector& selector, std::string_view id, std::int64_t on_queue)
{
    std::string line(id);
    line += " Completed";
    if (selector.queue_time_overall)
        line += " QT=" + format_elapsed(on_queue, selector.millisec);
    return line;
}

}
