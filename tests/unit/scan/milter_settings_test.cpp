// smtpd_milters as administrators write it.

#include "common/scan/milter_settings.h"

#include <gtest/gtest.h>

namespace gp::scan {
namespace {

std::string told(std::string_view option)
{
    const auto milters = milters_in(option, {.places = {}, .connect_timeout = 7});
    if (!milters)
        return "error: " + milters.error().text;
    std::string out;
    for (const auto& milter : *milters) {
        for (const auto& place : milter.places)
            out += place + " ";
        out += std::to_string(milter.connect_timeout) + "/" + std::to_string(milter.command_timeout) + "/" + std::to_string(milter.content_timeout) +
               "/" + std::to_string(static_cast<int>(milter.default_action)) + "; ";
    }
    return out;
}

TEST(MilterSettings, ReadsPostfixsForm)
{
    EXPECT_EQ(told(""), "");
    EXPECT_EQ(told(" inet:127.0.0.1:8891, unix:/run/a.sock\tinet:[::1]:25 "),
              "inet:127.0.0.1:8891 7/30/300/2; unix:/run/a.sock 7/30/300/2; inet:[::1]:25 7/30/300/2; ");
    EXPECT_EQ(told("{ inet:h:1, fallback=inet:g:2, default_action=accept, connect_timeout=1s, command_timeout=2m content_timeout=1h } local:/x"),
              "inet:h:1 inet:g:2 1/120/3600/0; local:/x 7/30/300/2; ");
}

TEST(MilterSettings, SaysWhatIsWrong)
{
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"8891", "\"8891\" is no address of a milter: inet:HOST:PORT and unix:/PATH are"},
        {"unix:run", "\"unix:run\" is no address of a milter: inet:HOST:PORT and unix:/PATH are"},
        {"inet:h:0", "\"inet:h:0\" has no host and port: inet:HOST:PORT is wanted"},
        {"inet:70000@h", "\"inet:70000@h\" has no host and port: inet:HOST:PORT is wanted"},
        {"{ inet:h:1", "a closing brace is missing behind \"{ inet:h:1\""},
        {"{}", "a milter without an address"},
        {"{inet:h:1, x=1}", "\"x\" is no setting of a milter: connect_timeout, command_timeout, content_timeout, default_action and fallback are"},
        {"{inet:h:1, default_action=maybe}", "\"maybe\" is none of accept, reject, tempfail, quarantine and shutdown"},
        {"{inet:h:1, fallback=x}", "\"x\" is no address of a milter: inet:HOST:PORT and unix:/PATH are"},
        {"{inet:h:1, command_timeout=0s}", "\"0s\": from 1s to 1d"},
    };
    for (const auto& [option, error] : cases)
        EXPECT_EQ(told(option), "error: " + std::string(error));
}

TEST(MilterSettings, KnowsPlaces)
{
    EXPECT_EQ(milter_place("inet:8891@localhost")->host, "localhost");
    EXPECT_EQ(milter_place("inet:8891@localhost")->first_port, 8891);
    EXPECT_EQ(milter_place("inet6:[2001:db8::1]:9")->host, "2001:db8::1");
    EXPECT_TRUE(milter_place("local:/run/x")->is_unix());
}

}
}
