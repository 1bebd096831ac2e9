// Keys of session tickets are renewed, and the old ones wiped, when they are due: without a client that comes.
#include "smtpd/ticket_keeper.h"

#include <gtest/gtest.h>

#include "tests/support/fiber_test.h"

namespace gp::smtpd {
namespace {

std::string key(char mark)
{
    return std::string(tls::TicketKey::name_size, mark) + std::string(tls::TicketKey::secret_size, 's');
}

keyd::TicketKeysReply reply(char now, char before, std::uint32_t good_for_ms)
{
    keyd::TicketKeysReply made;
    made.now = key(now);
    made.before = key(before);
    made.good_for_ms = good_for_ms;
    return made;
}

bool opens(const TicketKeeper& keeper, char mark)
{
    return keeper.keys()->find(std::string(tls::TicketKey::name_size, mark)) != nullptr;
}

TEST(TicketKeeper, RenewsKeysWhenTheyAreDue)
{
    test::run_fiber([] {
        int asked = 0;
        event::Notice renewed;
        TicketKeeper keeper{[&]() -> Result<keyd::TicketKeysReply> {
            if (++asked == 2)
                renewed.notify();
            return asked == 1 ? reply('b', 'a', 5) : reply('c', 'b', 3'600'000);
        }};
        EXPECT_TRUE(keeper.keys()->empty());
        keeper.freshen();
        EXPECT_TRUE(opens(keeper, 'a') && opens(keeper, 'b'));
        renewed.wait(event::Deadline::never());
        event::sleep_for(Duration{1}); // the fiber that asks takes them
        EXPECT_FALSE(opens(keeper, 'a'));
        EXPECT_TRUE(opens(keeper, 'b') && opens(keeper, 'c'));
        EXPECT_EQ(keeper.keys()->sealing()->name.front(), 'c');
    });
}

TEST(TicketKeeper, HasNoneWhenNoneAreToBeHad)
{
    test::run_fiber([] {
        int asked = 0;
        event::Notice renewed;
        TicketKeeper keeper{[&]() -> Result<keyd::TicketKeysReply> {
            if (++asked == 1)
                return reply('b', 'a', 5);
            renewed.notify();
            return temporary("keyd is gone");
        }};
        keeper.freshen();
        renewed.wait(event::Deadline::never());
        event::sleep_for(Duration{1});
        EXPECT_TRUE(keeper.keys()->empty());
    });
}

}
}
