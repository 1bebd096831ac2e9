// What Exim expands for each connection, and we once: names of certificates that are the same for all.

#include "conf/settled_texts.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

std::string certificate(const std::string& text)
{
    config::Problems problems;
    const auto loaded =
        load({.name = "conf", .text = "primary_hostname = mx.example\ntls_certificate = " + text + "\n"}, {.host_name = "mx.example"});
    if (!loaded)
        return loaded.problems.text();
    const auto settled = settle_texts(loaded.configuration, problems);
    return problems.has_errors() ? problems.text() : settled->main.all.expandable("tls_certificate").text;
}

TEST(SettledTexts, AreExpandedWithoutAConnection)
{
    EXPECT_EQ(certificate("/etc/a.pem"), "/etc/a.pem");
    EXPECT_EQ(certificate("/etc/$primary_hostname.pem"), "/etc/mx.example.pem");
    EXPECT_EQ(certificate("${if eq{a}{a}{/etc/a.pem}fail}"), "/etc/a.pem");
    EXPECT_EQ(certificate("${if eq{a}{b}{/etc/a.pem}fail}"), ""); // unset: no TLS
}

TEST(SettledTexts, LeaveWhatDependsOnTheConnection)
{
    EXPECT_EQ(certificate("/etc/$tls_in_sni.pem"), "/etc/$tls_in_sni.pem");
    EXPECT_EQ(certificate("${lookup{a}lsearch{/etc/certs}}"), "${lookup{a}lsearch{/etc/certs}}");
}

TEST(SettledTexts, TellWhatCannotBeExpanded)
{
    EXPECT_NE(certificate("${if eq{a}{a}{/etc/a.pem}").find("conf:2: "), std::string::npos);
}

}
}
