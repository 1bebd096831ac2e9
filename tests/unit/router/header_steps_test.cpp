#include "router/header_steps.h"

#include <gtest/gtest.h>

namespace gp::router {
namespace {

const std::vector<mail::HeaderStep> steps = {{.remove = true, .text = "Subject:x-none"},
                                             {.remove = false, .text = "Subject: new\n"},
                                             {.remove = false, .text = "X-Score: 5\nX-Gone: soon\n"},
                                             {.remove = true, .text = "X-Gone"}};

TEST(HeaderSteps, AreSeenByWhoeverLooksAtTheHeaders)
{
    EXPECT_EQ(with_steps(steps, "From: a@b.example\r\nSubject: old\r\n"), "From: a@b.example\nSubject: new\nX-Score: 5\n");
}

TEST(HeaderSteps, GoWithEachDelivery)
{
    Delivery delivery;
    delivery.headers_add = "X-Router: r\n";
    take_steps(steps, delivery);
    EXPECT_EQ(delivery.headers_add, "Subject: new\nX-Score: 5\nX-Router: r\n");
    EXPECT_EQ(delivery.headers_remove, (std::vector<std::string>{"Subject", "x-none", "X-Gone"}));
}

TEST(HeaderSteps, ThatATransportRemovesOrRewritesAreGoneOrChanged)
{
    Delivery delivery;
    delivery.headers_remove = {"x-score"};
    delivery.header_changes = {{"Subject: new\r\n", "Subject: newer\r\n"}};
    take_steps(steps, delivery);
    EXPECT_EQ(delivery.headers_add, "Subject: newer\n");
}

TEST(RenamedDomains, AreWrittenWholeInEveryCopy)
{
    const std::string text = "To: ann@other.example, bob@short\nSubject: bob@short\nCc: c@short\n";
    const expand::Headers headers{text};
    Delivery delivery;
    delivery.header_changes = {{"Cc: c@short\r\n", "Cc: carol@short\r\n"}}; // by the transport's headers_rewrite
    rename_domains({{"short", "short.example"}}, headers, delivery);
    ASSERT_EQ(delivery.header_changes.size(), 2u);
    EXPECT_EQ(delivery.header_changes[0].before, "Cc: c@short\r\n");
    EXPECT_EQ(delivery.header_changes[0].after, "Cc: carol@short.example\r\n");
    EXPECT_EQ(delivery.header_changes[1].before, "To: ann@other.example, bob@short\r\n");
    EXPECT_EQ(delivery.header_changes[1].after, "To: ann@other.example, bob@short.example\r\n");
}

}
}
