#include "cleanup/spoold/ticket.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include "cleanup/spoold/blake2s.h"
#include "cleanup/spoold/leases.h"
#include "cleanup/spoold/remembered.h"
#include "common/base/encoding.h"
#include "tests/unit/spool/scratch_spool.h"

namespace gp::spoold {
namespace {

std::string octets(std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(static_cast<char>(i));
    return out;
}

std::string hex(const Digest& digest)
{
    return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// RFC 7693 appendix B, and the known answers of the reference implementation.
TEST(Blake2s, GivesTheKnownAnswers)
{
    EXPECT_EQ(hex(blake2s("", "abc")), "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
    EXPECT_EQ(hex(blake2s("", "")), "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9");
    EXPECT_EQ(hex(blake2s(octets(32), "")), "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49");
    EXPECT_EQ(hex(blake2s(octets(32), octets(64))),
              "8975b0577fd35566d750b362b0897a26c399136df07bababbde6203ff2954ed4");
    EXPECT_EQ(hex(blake2s(octets(32), octets(200))), "13c88480a5d00d6c8c7ad2110d76a82d9b70f4fa6696d4e5dd42a066dcaf9920");
}

TEST(Tickets, AreForOneMessageAndSurviveARestart)
{
    const test::TempDir scratch;
    const OwnedFd directory{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY)};
    const spool::Io io;
    const auto first = Tickets::open(io, directory.get());
    ASSERT_TRUE(first) << first.error().text;
    const auto ticket = first->issue("1rABCD-000001-00");
    EXPECT_EQ(ticket.size(), 32u);
    EXPECT_TRUE(first->is_good("1rABCD-000001-00", ticket));
    EXPECT_FALSE(first->is_good("1rABCD-000001-01", ticket));
    EXPECT_FALSE(first->is_good("1rABCD-000001-00", ""));
    const auto second = Tickets::open(io, directory.get());
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->is_good("1rABCD-000001-00", ticket));
    struct stat status {};
    ASSERT_EQ(::stat((scratch / "key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077u, 0u);
}

TEST(Tickets, ADamagedKeyIsDrawnAnew)
{
    const test::TempDir scratch;
    scratch.file("key", "short");
    const OwnedFd directory{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY)};
    const auto tickets = Tickets::open(spool::Io{}, directory.get());
    ASSERT_TRUE(tickets);
    EXPECT_EQ(test::read_file(scratch / "key").size(), 32u);
}

TEST(Leases, EndWithTheLastHolder)
{
    Leases leases;
    const auto id = spool::test_key(1);
    leases.take(id, 1);
    leases.take(id, 1);
    leases.take(id, 2);
    EXPECT_FALSE(leases.release(id, 1, 0));
    EXPECT_FALSE(leases.release(id, 7, 0));
    const auto one = leases.release(id, 1, 0);
    ASSERT_TRUE(one);
    EXPECT_FALSE(one->last);
    EXPECT_TRUE(leases.is_leased(id));
    leases.mark_told(id);
    const auto two = leases.release(id, 2, 0);
    ASSERT_TRUE(two);
    EXPECT_TRUE(two->last && two->told);
    EXPECT_FALSE(leases.is_leased(id));
}

TEST(Leases, ALostAgentLeavesWhatItWasFinishing)
{
    Leases leases;
    const auto id = spool::test_key(1);
    leases.take(id, 1);
    leases.take(spool::test_key(2), 1);
    leases.take(id, 2);
    leases.finishing(id, 1, 0, {"a", "b"});
    leases.delivered(id, {"a"});
    const auto ended = leases.channel_gone(1);
    ASSERT_EQ(ended.size(), 2u);
    EXPECT_EQ(ended[0].unsettled, std::vector<std::string>{"b"});
    EXPECT_FALSE(ended[0].last);
    EXPECT_TRUE(ended[1].last);
}

// Nobody fetches again from a spoold that was started anew: each delivery that goes on holds the message by itself.
TEST(Leases, EndWithTheLastDeliveryThatWentOnOverARestart)
{
    Leases leases;
    const auto id = spool::test_key(1);
    leases.finishing(id, 1, 7, {"a"});
    leases.delivered(id, {"a"});
    leases.finishing(id, 1, 8, {"b"});
    EXPECT_FALSE(leases.release(id, 1, 7));
    EXPECT_TRUE(leases.is_leased(id));
    const auto ended = leases.release(id, 1, 8);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->last && ended->unsettled.empty());
}

TEST(Remembered, ForgetsByNumberAndTime)
{
    ManualClock clock;
    Remembered remembered{clock, 3, 100};
    for (unsigned n = 0; n < 5; ++n)
        remembered.add(spool::test_key(n));
    EXPECT_EQ(remembered.size(), 3u);
    EXPECT_FALSE(remembered.contains(spool::test_key(1)));
    EXPECT_TRUE(remembered.contains(spool::test_key(4)));
    clock.advance(std::chrono::seconds{60});
    remembered.add(spool::test_key(4));
    remembered.add(spool::test_key(9));
    clock.advance(std::chrono::seconds{60});
    EXPECT_FALSE(remembered.contains(spool::test_key(3)));
    EXPECT_TRUE(remembered.contains(spool::test_key(4)));
    EXPECT_TRUE(remembered.contains(spool::test_key(9)));
}

}
}
