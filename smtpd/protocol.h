// What bin/sendmail -bs says first on the instance's socket run/smtp: the magic, the length as four octets
// (little-endian), then ipc::encode(ProgramCall). SMTP follows. The caller is known by SO_PEERCRED, never by
// what it says.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/mail/claims.h"

namespace gp::smtpd {

inline constexpr std::string_view program_magic = "GPSMTP1\n";
inline constexpr std::size_t most_program_call = 16 * 1024;

struct ProgramCall : mail::Claims {
    bool queue_only = false;      // -odq
    bool queue_smtp_only = false; // -odqs
    bool deliver_now = false;     // -odb, -odf, -odi
    bool waits_for_delivery = false; // before it goes on behind a message: it may be silent for long
    bool dont_deliver = false;    // -N
    bool no_fixups = false;       // -G, of trusted callers
    bool no_qualifying = false;   // -bnq
    std::int64_t receive_timeout = -1; // -os: seconds for each command and read of data; 0: none; -1: as configured
    static void fields(auto& self, auto&& field)
    {
        field("protocol", self.protocol);
        field("host_address", self.host_address);
        field("host_name", self.host_name);
        field("ident", self.ident);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("authenticated_sender", self.authenticated_sender);
        field("interface_address", self.interface_address);
        field("host_port", self.host_port);
        field("interface_port", self.interface_port);
        field("message_reference", self.message_reference);
        field("queue_only", self.queue_only);
        field("queue_smtp_only", self.queue_smtp_only);
        field("deliver_now", self.deliver_now);
        field("waits_for_delivery", self.waits_for_delivery);
        field("dont_deliver", self.dont_deliver);
        field("no_fixups", self.no_fixups);
        field("no_qualifying", self.no_qualifying);
        field("receive_timeout", self.receive_timeout);
    }
};

}
