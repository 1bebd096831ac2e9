// Words among the switches of a session's state (mail/policy_state.h) that smtpd and router say to each other.
#pragma once

#include <string_view>

namespace gp::router {

// Set with the greeting: pipelining_connect_advertise_hosts; PIPECONNECT is offered to this client.
inline constexpr std::string_view pipe_connect = "pipe_connect";

// Set with the greeting: requiretls_advertise_hosts; REQUIRETLS is offered to this client, in TLS.
inline constexpr std::string_view offers_requiretls = "requiretls";

// Set by smtpd: logins can be bound to the TLS channel (server_channelbinding).
inline constexpr std::string_view can_be_bound = "channel_binding";

// Set with the greeting: wellknown_advertise_hosts: WELLKNOWN is offered to this client, and it alone may say it.
inline constexpr std::string_view offers_wellknown = "wellknown";

// Set with the greeting: limits_advertise_hosts: LIMITS is offered to this client.
inline constexpr std::string_view offers_limits = "limits";

// Set by smtpd: the message that is coming in has REQUIRETLS.
inline constexpr std::string_view message_requires_tls = "message_requires_tls";

// Set by router with a successful login; behind it the proof (login_proofs.h). smtpd drops it with the login.
inline constexpr std::string_view login_proof_is = "login_proof=";

// Why helo_verify_hosts refuses; the line in the log has words of its own for it.
inline constexpr std::string_view false_helo_name = "name does not match (helo_verify_hosts)";

}
