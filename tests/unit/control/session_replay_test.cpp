#include "master/control/session_replay.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gp::control {
namespace {

using Json = nlohmann::json;

TEST(SessionReplay, SaysWhatTheClientHadSaid)
{
    const Json rcpt = {{"by", "acl_smtp_rcpt"}, {"host", "192.0.2.1"}, {"helo", "client.example"}, {"sender", "a@b.example"}, {"argument", "c@d.example"}};
    EXPECT_EQ(session_up_to(rcpt), "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nQUIT\r\n");
    EXPECT_EQ(session_up_to({{"by", "acl_smtp_connect"}}), "QUIT\r\n");
    EXPECT_EQ(session_up_to({{"by", "acl_smtp_helo"}, {"argument", "x.example"}}), "EHLO x.example\r\nQUIT\r\n");
    EXPECT_EQ(session_up_to({{"by", "acl_smtp_mail"}, {"helo", "x"}, {"argument", "a@b"}}), "EHLO x\r\nMAIL FROM:<a@b>\r\nQUIT\r\n");
    EXPECT_EQ(session_up_to({{"by", "acl_smtp_data"}, {"helo", "x"}, {"sender", ""}, {"recipient", "c@d"}}).find("\r\nRCPT TO:<c@d>\r\nDATA\r\n") != std::string::npos, true);
    EXPECT_EQ(session_up_to({{"by", "router"}, {"address", "a@b"}}), "");
    EXPECT_EQ(session_up_to(Json::object()), "");
}

TEST(SessionReplay, LetsNobodyEndALineOfIt)
{
    EXPECT_EQ(session_up_to({{"by", "acl_smtp_mail"}, {"helo", "x\r\nQUIT"}, {"argument", "a\n@b\t\x7f"}}), "EHLO xQUIT\r\nMAIL FROM:<a@b>\r\nQUIT\r\n");
}

}
}
