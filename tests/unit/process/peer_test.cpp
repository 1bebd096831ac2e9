#include "common/process/peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/owned_fd.h"

namespace gp::process {
namespace {

TEST(Peer, OfADescriptorThatIsHandedInMustBeWhomWeExpect)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const OwnedFd here{ends[0]}, there{ends[1]};
    EXPECT_TRUE(expect_peer(here.get(), ::geteuid()));
    const auto foreign = expect_peer(here.get(), ::geteuid() + 1);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().text, "leads to uid " + std::to_string(::geteuid()) + " and not to uid " + std::to_string(::geteuid() + 1));
    const OwnedFd tcp{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    EXPECT_EQ(expect_peer(tcp.get(), ::geteuid()).error().text, "is no Unix socket");
    EXPECT_FALSE(expect_peer(-1, ::geteuid()));
}

}
}
