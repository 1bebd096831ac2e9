// The points at which an ACL may run (manual 44.2), as bits: words say where they are allowed.
#pragma once

#include <cstdint>
#include <string_view>

namespace gp::acl {

enum Where : std::uint32_t {
    where_connect = 1u << 0,
    where_helo = 1u << 1,
    where_starttls = 1u << 2,
    where_auth = 1u << 3,
    where_mail = 1u << 4,
    where_rcpt = 1u << 5,
    where_predata = 1u << 6,
    where_mime = 1u << 7,
    where_dkim = 1u << 8,
    where_data = 1u << 9,
    where_prdr = 1u << 10,
    where_not_smtp = 1u << 11,
    where_not_smtp_start = 1u << 12,
    where_not_smtp_mime = 1u << 13,
    where_etrn = 1u << 14,
    where_vrfy = 1u << 15,
    where_expn = 1u << 16,
    where_atrn = 1u << 17,
    where_wellknown = 1u << 18,
    where_quit = 1u << 19,
    where_notquit = 1u << 20,
    where_mailauth = 1u << 21,
};

// No point at all: an expansion calls the ACL while none runs.
inline constexpr Where where_unknown = Where(1u << 22);
inline constexpr std::uint32_t where_all = (1u << 23) - 1;
// A message is being received: its headers, variables and controls can be changed.
inline constexpr std::uint32_t where_message = where_mail | where_rcpt | where_predata | where_mime | where_dkim | where_data |
                                               where_prdr | where_not_smtp | where_not_smtp_start | where_not_smtp_mime;

// "RCPT", "DATA", "non-SMTP": as log lines and error texts call a point.
std::string_view where_name(Where where);

}
