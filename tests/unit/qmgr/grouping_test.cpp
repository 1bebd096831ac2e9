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

// A message to these recipients, none of them routed yet.
struct MessageTo : Message {
    MessageTo(std::initializer_list<const char*> addresses)
    {
        for (const auto* address : addresses)
            envelope.recipients.push_back({.address = address});
        open.assign(addresses.size(), 0);
    }
};

// As Exim delivers: what aliases made comes before the recipients themselves, each in the order of the envelope.
TEST(Grouping, IsInTheOrderOfEximsDeliveries)
{
    MessageTo message{"a@x", "list@x", "b@x"};
    Grouping grouping{message};
    const auto add = [&](std::uint32_t recipient, const std::string& address, const std::string& parent) {
        router::Delivery delivery;
        delivery.driver = "appendfile";
        delivery.address = delivery.unique = address;
        delivery.parent = parent;
        delivery.depth = parent.empty() ? 0 : parent == "sub@x" ? 2 : 1;
        EXPECT_TRUE(grouping.add(recipient, delivery));
    };
    add(0, "a@x", "");
    add(1, "one@x", "list@x");
    add(1, "two@x", "sub@x");
    add(1, "three@x", "list@x");
    add(2, "b@x", "");
    grouping.put_in_order();
    std::vector<std::string> order;
    for (std::uint32_t i = 0; i < message.groups.size(); ++i) {
        const auto& piece = message.pieces[message.groups[i].pieces.front()];
        EXPECT_EQ(piece.group, i);
        order.push_back(piece.address);
    }
    EXPECT_EQ(order, (std::vector<std::string>{"two@x", "one@x", "three@x", "a@x", "b@x"}));
}

// Exim delivers to the copy of a router with `unseen` last.
TEST(Grouping, WhatCameThroughAnUnseenRouterIsAnotherDelivery)
{
    MessageTo message{"a@x"};
    Grouping grouping{message};
    auto delivery = local("a@x");
    delivery.unique = "a@x";
    EXPECT_TRUE(grouping.add(0, delivery));
    delivery.unique = "a@x/1";
    delivery.copies = 1;
    delivery.transport = "other";
    EXPECT_TRUE(grouping.add(0, delivery));
    grouping.put_in_order();
    EXPECT_EQ(message.pieces[message.groups[0].pieces.front()].transport, "other");
    EXPECT_EQ(message.pieces[message.groups[1].pieces.front()].transport, "t");
}

// As Exim's log has it: "=> one <list@x>" when both are recipients.
TEST(Grouping, TheLongerWayBearsTheOutcome)
{
    MessageTo message{"one@x", "list@x", "sub@x"};
    Grouping grouping{message};
    auto delivery = local("one@x");
    delivery.unique = "one@x";
    EXPECT_TRUE(grouping.add(0, delivery));
    delivery.parent = "list@x";
    delivery.depth = 1;
    EXPECT_TRUE(grouping.add(1, delivery));
    EXPECT_FALSE(message.envelope.recipients[0].done); // nothing is delivered yet
    delivery.parent = "list@x";
    delivery.depth = 2;
    EXPECT_TRUE(grouping.add(2, delivery));
    ASSERT_EQ(message.pieces.size(), 1U);
    EXPECT_EQ(message.pieces[0].recipient, 2U);
    EXPECT_EQ(message.pieces[0].also, (std::vector<std::string>{"one@x", "list@x"}));
    EXPECT_EQ(message.open, (decltype(message.open){1, 1, 1}));
    EXPECT_FALSE(message.envelope.recipients[2].done);
    message.finish(message.pieces[0]);
    EXPECT_TRUE(message.all_done());
}

TEST(Grouping, WhatElseARecipientHasOutlivesThePieceThatAnotherBears)
{
    MessageTo message{"both@x", "list@x"};
    Grouping grouping{message};
    auto delivery = local("one@x");
    delivery.unique = "one@x";
    delivery.parent = "both@x";
    delivery.depth = 1;
    EXPECT_TRUE(grouping.add(0, delivery));
    delivery.parent = "sub@x";
    delivery.depth = 2;
    EXPECT_TRUE(grouping.add(1, delivery));
    message.add_piece(0, "later@y"); // its other child, whose domain cannot be looked up now
    message.finish(message.pieces[0]);
    EXPECT_FALSE(message.envelope.recipients[0].done);
    EXPECT_TRUE(message.envelope.recipients[1].done);
    message.finish(message.pieces[1]);
    EXPECT_TRUE(message.all_done());
}

TEST(Grouping, AnotherSenderBearsNoOutcomeForOthers)
{
    MessageTo message{"one@x", "list@x"};
    Grouping grouping{message};
    auto delivery = local("one@x");
    delivery.unique = "one@x";
    EXPECT_TRUE(grouping.add(0, delivery));
    delivery.parent = "list@x";
    delivery.depth = 1;
    delivery.return_path = "owner@x";
    EXPECT_FALSE(grouping.add(1, delivery));
    EXPECT_EQ(message.pieces[0].recipient, 0U);
    EXPECT_FALSE(message.envelope.recipients[1].done);
    message.finish(message.pieces[0]);
    EXPECT_TRUE(message.all_done());
}

TEST(Grouping, DomainsArePartedWhereATransportSaysSo)
{
    MessageTo message{"a@x", "b@y", "c@x"};
    Grouping grouping{message};
    for (std::uint32_t index = 0; index < 3; ++index) {
        router::Delivery delivery;
        delivery.driver = "smtp";
        delivery.transport = "t";
        delivery.address = delivery.unique = message.envelope.recipients[index].address;
        delivery.domain = delivery.address.substr(2);
        delivery.options.push_back({"multi_domain", "false"});
        EXPECT_TRUE(grouping.add(index, delivery));
    }
    ASSERT_EQ(message.groups.size(), 2U);
    EXPECT_EQ(message.groups[0].pieces, (std::vector<std::uint32_t>{0, 2}));
}

TEST(Grouping, AnAddressKnowsAllRecipientsThatCameToIt)
{
    MessageTo message{"one@x", "two@x", "three@x"};
    Grouping grouping{message};
    auto delivery = local("user@x");
    delivery.unique = "user@x";
    EXPECT_TRUE(grouping.add(0, delivery));
    EXPECT_FALSE(grouping.add(1, delivery));
    EXPECT_FALSE(grouping.add(2, delivery));
    EXPECT_EQ(message.pieces[0].also, (std::vector<std::string>{"three@x", "two@x"}));
}

// remote_sort_domains: deliveries and the addresses of one delivery begin with those of the first item.
TEST(Grouping, DomainsAreInTheirConfiguredOrder)
{
    MessageTo message{"a@last", "b@first", "c@last", "d@second"};
    Grouping grouping{message};
    const auto add = [&](std::uint32_t recipient, const std::string& host, const std::string& rank) {
        router::Delivery delivery;
        delivery.driver = "smtp";
        delivery.address = delivery.unique = message.envelope.recipients[recipient].address;
        delivery.hosts.push_back({.name = host, .addresses = {"192.0.2.1"}});
        delivery.options.push_back({"remote_sort_domains", rank});
        EXPECT_TRUE(grouping.add(recipient, delivery));
    };
    add(0, "one", "2");
    add(1, "two", "0");
    add(2, "one", "2");
    add(3, "one", "1");
    grouping.put_in_order();
    ASSERT_EQ(message.groups.size(), 2u);
    const auto addresses = [&](const Group& group) {
        std::string text;
        for (const auto piece : group.pieces)
            text += message.pieces[piece].address + " ";
        return text;
    };
    EXPECT_EQ(addresses(message.groups[0]), "b@first ");
    EXPECT_EQ(addresses(message.groups[1]), "d@second a@last c@last ");
    EXPECT_TRUE(message.groups[1].request.instruction.options.empty());
}

TEST(Grouping, FilesAndCommandsComeInTheOppositeOrder)
{
    MessageTo message{"a@x", "b@x"};
    Grouping grouping{message};
    const auto add = [&](std::uint32_t recipient, const std::string& address, const std::string& kind) {
        router::Delivery delivery;
        delivery.driver = "appendfile";
        delivery.address = address;
        delivery.unique = address + std::to_string(recipient);
        delivery.kind = kind;
        delivery.parent = recipient == 0 ? "a@x" : "b@x";
        delivery.depth = 1;
        EXPECT_TRUE(grouping.add(recipient, delivery));
    };
    add(0, "/one", "file");
    add(0, "|two", "pipe");
    add(0, "c@x", "");
    add(1, "/three", "file");
    add(1, "/four", "file");
    grouping.put_in_order();
    std::vector<std::string> order;
    for (const auto& group : message.groups)
        order.push_back(message.pieces[group.pieces.front()].address);
    EXPECT_EQ(order, (std::vector<std::string>{"c@x", "/four", "/three", "|two", "/one"}));
}

TEST(Grouping, AMailboxIsOneDestinationWhoeverItIsFor)
{
    EXPECT_EQ(destination_of(local("a@x.ex", "/var/mail/all")), destination_of(local("b@y.ex", "/var/mail/all")));
    EXPECT_NE(destination_of(local("a@x.ex", "/var/mail/a")), destination_of(local("a@x.ex", "/var/mail/b")));
    EXPECT_NE(destination_of(local("a@x.ex")), destination_of(local("b@x.ex")));
    EXPECT_EQ(destination_of(local("A@x.ex")), destination_of(local("a@X.ex")));
}

TEST(Grouping, ADirectoryOfSpoolFilesIsOneDestinationWhoeverItIsFor)
{
    const auto queued = [](const std::string& address, const std::string& directory) {
        auto delivery = local(address);
        delivery.driver = "queuefile";
        delivery.options.push_back({"directory", directory});
        return destination_of(delivery);
    };
    EXPECT_EQ(queued("a@x.ex", "/out"), queued("b@y.ex", "/out"));
    EXPECT_NE(queued("a@x.ex", "/out"), queued("a@x.ex", "/other"));
}

TEST(Grouping, CommandsThatRedirectionsNameAreTogetherOnlyWhenTheyAreTheSame)
{
    MessageTo message{"a@x", "b@x"};
    Grouping grouping{message};
    const auto add = [&](std::uint32_t recipient, const std::string& command, const std::string& kind = "pipe") {
        auto delivery = local(command);
        delivery.unique = command + std::to_string(recipient);
        delivery.kind = kind;
        delivery.options.push_back({"batch_max", "10"});
        EXPECT_TRUE(grouping.add(recipient, delivery));
        return message.pieces.back().group;
    };
    const auto first = add(0, "|one");
    EXPECT_NE(add(0, "|two"), first);
    EXPECT_EQ(add(1, "|one"), first);
    EXPECT_NE(add(1, "/one", "file"), add(1, "/two", "file"));
}

TEST(Grouping, HintsOfAHostAreKeptUnderThePortThatIsConnectedTo)
{
    router::Delivery delivery;
    delivery.driver = "smtp";
    EXPECT_EQ(port_of(delivery, {}), 25u);
    delivery.options.push_back({"protocol", "smtps"});
    EXPECT_EQ(port_of(delivery, {}), 465u);
    delivery.options.front().value = "lmtp";
    EXPECT_EQ(port_of(delivery, {}), 24u);
    delivery.options.push_back({"port", "Submission"});
    EXPECT_EQ(port_of(delivery, {}), 587u);
    EXPECT_EQ(port_of(delivery, {.port = 2525}), 2525u);
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
