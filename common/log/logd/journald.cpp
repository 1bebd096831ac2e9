#include "common/log/logd/journald.h"

#include "common/mainlog/line.h"

namespace gp::logd {
namespace {

constexpr std::size_t longest_text = 64 * 1024; // a datagram must hold it, with the other fields

// A value with a newline has its length in front, 64 bits with the lowest octet first.
void put(std::string& out, std::string_view name, std::string_view value)
{
    out += name;
    if (value.find('\n') == std::string_view::npos) {
        out += '=';
    } else {
        out += '\n';
        for (unsigned shift = 0; shift < 64; shift += 8)
            out += static_cast<char>((std::uint64_t{value.size()} >> shift) & 0xff);
    }
    out += value;
    out += '\n';
}

}

std::vector<std::string> Journald::datagrams(const SystemLine& line) const
{
    constexpr int facility_bits = 3;
    std::string out;
    put(out, "MESSAGE", line.text.substr(0, longest_text));
    put(out, "PRIORITY", std::to_string(static_cast<int>(line.severity)));
    put(out, "SYSLOG_IDENTIFIER", identifier_);
    put(out, "SYSLOG_FACILITY", std::to_string(facility_ >> facility_bits));
    put(out, "SYSLOG_PID", std::to_string(line.pid));
    put(out, "SYSLOG_TIMESTAMP", short_stamp(line.when)); // of one that waited for the daemon it is not the entry's time
    put(out, "GATEPOST_LOG", line.log);
    if (const auto length = mainlog::id_length(line.text); length > 0)
        put(out, "GATEPOST_MESSAGE_ID", line.text.substr(0, length));
    return {std::move(out)};
}

}
