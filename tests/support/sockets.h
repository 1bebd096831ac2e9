// Pairs of connected sockets, and streams and channels over them.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/base/owned_fd.h"
#include "common/event/stream.h"
#include "common/ipc/channel.h"

namespace gp::test {

std::pair<OwnedFd, OwnedFd> socket_pair(int type = SOCK_STREAM); // Unix, non-blocking, close-on-exec
std::pair<OwnedFd, OwnedFd> pipe_pair();                         // reading end, writing end
std::pair<OwnedFd, OwnedFd> tcp_pair();                          // over the loopback interface

// A listening TCP socket on a free port of 127.0.0.1, and a blocking connection to it.
OwnedFd listen_tcp(std::uint16_t& port);
OwnedFd connect_tcp(std::uint16_t port);

using StreamPair = std::pair<std::unique_ptr<event::FdStream>, std::unique_ptr<event::FdStream>>;
StreamPair stream_pair();
StreamPair tcp_stream_pair();

// Everything up to the end of the stream.
std::string read_all(event::Stream& stream);

// Two ends of one channel; each dispatcher answers what the other end asks, null answers nothing.
using ChannelPair = std::pair<std::shared_ptr<ipc::Channel>, std::shared_ptr<ipc::Channel>>;
ChannelPair channel_pair(ipc::Dispatcher* left, ipc::Dispatcher* right);
ChannelPair channel_pair(ipc::Dispatcher* left, ipc::Dispatcher* right, const ipc::Channel::Limits& limits);

}
