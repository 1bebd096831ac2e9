// The parts of the main log's lines about deliveries, in Exim 4.96's exact forms (manual chapter 53), and the line of
// one that succeeded: qmgr writes it, and cleanup where a message was cut through.
//
// Text from outside is escaped by the log itself, except inside C="…", whose escapes are part of the form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mainlog/log_selector.h"

namespace gp::mainlog {

// Whom a line is about, and how it was handled.
struct LineAddress {
    std::string address;    // final
    std::string original;   // the envelope's recipient
    std::vector<std::string> ancestors; // the addresses between them, the nearest first
    std::string local_part; // set when the router logs as local and the transport is local
    std::string kind;       // "", "file", "pipe", "reply"
    std::string sender;     // of the message
    std::string return_path;
    std::string router, transport;
    bool pretended = false; // -N: nothing was carried
};

// Times in microseconds; a negative one is not known.
struct LineTimes {
    std::int64_t on_queue = -1;
    std::int64_t delivery = -1;
};

struct LineHost {
    std::string name, address;
    std::uint32_t port = 0;
    std::string interface_address;
    std::uint32_t interface_port = 0;
    bool dnssec = false;
    bool reused = false;
};

std::string bracketed(std::string_view address);
// "<id> => "
std::string begin_line(std::string_view id, std::string_view flag);
// The address as all lines begin with it: final, intermediate in parentheses, original in angle brackets.
void put_address(std::string& line, const LogSelector& selector, const LineAddress& to, bool success);
void put_paths(std::string& line, const LogSelector& selector, const LineAddress& to);
void put_drivers(std::string& line, const LineAddress& to);
void put_host(std::string& line, const LogSelector& selector, const LineHost& host);
void put_confirmation(std::string& line, std::string_view text); // C="…"
void put_times(std::string& line, const LogSelector& selector, const LineTimes& times, bool with_queue);
std::string completed_line(const LogSelector& selector, std::string_view id, std::int64_t on_queue);

// `outcome` is a delivery::Outcome.
void put_tls(std::string& line, const LogSelector& selector, const auto& outcome)
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

void put_proxy(std::string& line, const LogSelector& selector, const auto& outcome)
{
    if (!selector.proxy || outcome.proxy_address.empty())
        return;
    line += " PRX=[" + outcome.proxy_address + "]";
    if (selector.outgoing_port)
        line += ":" + std::to_string(outcome.proxy_port);
}

// "=> a@b.example <c@d.example> R=… T=… H=… X=… C="250 OK" QT=3s". The flag: "=>", "->" of one that is not the first
// of its delivery, "*>" of one that was pretended, ">>" of one that was cut through.
std::string delivered_line(const LogSelector& selector, std::string_view id, std::string_view flag, const LineAddress& to,
                           const auto& outcome, const LineHost& host, std::uint64_t size, const LineTimes& times)
{
    auto line = begin_line(id, flag);
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
        line += outcome.early_pipe ? " L*" : " L";
    if (outcome.prdr)
        line += " PRDR";
    if (outcome.chunking)
        line += " K";
    if (outcome.requiretls)
        line += " REQUIRETLS";
    if (selector.smtp_confirmation && !outcome.text.empty())
        put_confirmation(line, outcome.text);
    put_times(line, selector, times, true);
    return line;
}

}
