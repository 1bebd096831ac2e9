// Words among the switches of a session's state (mail/policy_state.h) that router sets with the greeting.
#pragma once

#include <string_view>

namespace gp::router {

// pipelining_connect_advertise_hosts: PIPECONNECT is offered to this client.
inline constexpr std::string_view pipe_connect = "pipe_connect";

// Why helo_verify_hosts refuses; the line in the log has words of its own for it.
inline constexpr std::string_view false_helo_name = "name does not match (helo_verify_hosts)";

}
