#include "common/mail/host_words.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(HostWords, ShowOfOurPortsThoseThatLogPortsHas)
{
    Origin origin;
    origin.host_address = "1.2.3.4";
    origin.host_port = 999;
    origin.interface_address = "5.6.7.8";
    origin.interface_port = 25;
    HostWords with{.port = true, .interface = true};
    EXPECT_EQ(host_words(origin, with), "[1.2.3.4]:999 I=[5.6.7.8]:25");
    with.ports = "!25";
    EXPECT_EQ(host_words(origin, with), "[1.2.3.4]:999 I=[5.6.7.8]");
    with.ports = "!999"; // the client's is always shown
    EXPECT_EQ(host_words(origin, with), "[1.2.3.4]:999 I=[5.6.7.8]:25");
    with.ports = "";
    EXPECT_EQ(host_words(origin, with), "[1.2.3.4]:999 I=[5.6.7.8]");
}

}
}
