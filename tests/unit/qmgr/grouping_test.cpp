#include "qmgr/grouping.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

router::Delivery local(const std::string& address, const std::string& file = {})
{
    router::Delivery delivery;
    delivery.address = address;
    delivery.transport = "t";
    delivery.driver = "appendfile";
    if (!file.empty())
        delivery.options.push_back({"file", file});
    return delivery;
}

TEST(Grouping, AMailboxIsOneDestinationWhoeverItIsFor)
{
    EXPECT_EQ(destination_of(local("a@x.ex", "/var/mail/all")), destination_of(local("b@y.ex", "/var/mail/all")));
    EXPECT_NE(destination_of(local("a@x.ex", "/var/mail/a")), destination_of(local("a@x.ex", "/var/mail/b")));
    EXPECT_NE(destination_of(local("a@x.ex")), destination_of(local("b@x.ex")));
    EXPECT_EQ(destination_of(local("A@x.ex")), destination_of(local("a@X.ex")));
}

TEST(Grouping, AFileThatAnAddressNamesIsItsOwnDestination)
{
    auto named = local("/home/a/Mail/List");
    named.kind = "file";
    auto other = local("/home/a/Mail/list");
    other.kind = "file";
    EXPECT_NE(destination_of(named), destination_of(other));
}

}
}
