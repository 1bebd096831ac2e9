// Listening sockets for those who accept elsewhere: bound here, handed on by descriptor, or taken over from
// systemd.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process {

inline constexpr int least_backlog = 1024;

// Non-blocking, close-on-exec, SO_REUSEADDR; an IPv6 socket takes IPv6 alone. Cause::refused: the address is in use.
Result<OwnedFd> listen_inet(const sockaddr_storage& address, socklen_t length, int backlog);
// By a plain name in a directory, replacing what was there: a path may be longer than a Unix address has
// room.
Result<OwnedFd> listen_unix(int directory, const std::string& name, mode_t mode, int backlog);

// The sockets that systemd passed to this process (LISTEN_FDS, LISTEN_PID), made close-on-exec and
// non-blocking; the variables are gone afterwards.
std::vector<OwnedFd> passed_sockets(int most);

// Whether a socket listens at this address; a Unix one is known by its last name.
bool listens_at(int fd, const sockaddr_storage& address);

}
