#include "common/process/memfd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

namespace gp::process {
namespace {

TEST(Memfd, SealedContentCannotChange)
{
    auto fd = sealed_memfd("test", "content");
    ASSERT_TRUE(fd) << fd.error().text;
    EXPECT_TRUE(expect_sealed(fd->get()));
    EXPECT_EQ(read_all(fd->get(), 100).value_or(""), "content");
    EXPECT_EQ(::pwrite(fd->get(), "x", 1, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_NE(::ftruncate(fd->get(), 3), 0);
    EXPECT_EQ(MappedFile::open(fd->get(), 100)->octets(), "content");
}

TEST(Memfd, OneThatCouldStillChangeIsRefused)
{
    auto fd = make_memfd("test");
    ASSERT_TRUE(fd);
    EXPECT_FALSE(expect_sealed(fd->get()));
    const OwnedFd file{::open("/etc/passwd", O_RDONLY | O_CLOEXEC)};
    EXPECT_FALSE(expect_sealed(file.get()));
}

TEST(Memfd, OneThatIsTooLargeIsRefused)
{
    auto fd = sealed_memfd("test", "content");
    EXPECT_EQ(read_all(fd->get(), 6).error().cause, Cause::too_big);
    EXPECT_FALSE(MappedFile::open(fd->get(), 6));
}

TEST(Datagram, CarriesOneDescriptor)
{
    auto pair = socket_pair(SOCK_SEQPACKET);
    ASSERT_TRUE(pair);
    auto fd = sealed_memfd("test", "hello");
    ASSERT_TRUE(send_datagram(pair->first.get(), "frame", fd->get()));
    char octets[16];
    auto got = receive_datagram(pair->second.get(), octets, sizeof octets);
    ASSERT_TRUE(got);
    EXPECT_EQ(std::string_view(octets, got->size), "frame");
    EXPECT_FALSE(got->truncated);
    EXPECT_EQ(read_all(got->fd.get(), 100).value_or(""), "hello");
    EXPECT_EQ(::fcntl(got->fd.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Datagram, CarriesTwoWhereTwoAreExpected)
{
    auto pair = socket_pair(SOCK_SEQPACKET);
    auto one = sealed_memfd("test", "one");
    auto two = sealed_memfd("test", "two");
    char octets[16];
    ASSERT_TRUE(send_datagram(pair->first.get(), "frame", one->get(), two->get()));
    auto got = receive_datagram(pair->second.get(), octets, sizeof octets, Descriptors::two);
    ASSERT_TRUE(got);
    EXPECT_FALSE(got->truncated);
    EXPECT_EQ(read_all(got->fd.get(), 100).value_or(""), "one");
    EXPECT_EQ(read_all(got->second.get(), 100).value_or(""), "two");

    ASSERT_TRUE(send_datagram(pair->first.get(), "frame", one->get(), two->get()));
    EXPECT_TRUE(receive_datagram(pair->second.get(), octets, sizeof octets)->truncated);
}

TEST(Datagram, TellsATooLongOneAndTheEnd)
{
    auto pair = socket_pair(SOCK_SEQPACKET);
    ASSERT_TRUE(send_datagram(pair->first.get(), "too long"));
    char octets[4];
    EXPECT_TRUE(receive_datagram(pair->second.get(), octets, sizeof octets)->truncated);
    pair->first.reset();
    EXPECT_EQ(receive_datagram(pair->second.get(), octets, sizeof octets)->size, 0u);
}

}
}
