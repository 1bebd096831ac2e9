#include "common/mail/received.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

Origin remote()
{
    Origin origin;
    origin.host_address = "192.0.2.1";
    origin.host_port = 99;
    origin.helo_name = "foo";
    origin.protocol = "esmtp";
    return origin;
}

TEST(Received, NamesTheClientAsEximDoes)
{
    auto origin = remote();
    EXPECT_EQ(sender_rcvhost(origin, false), "[192.0.2.1] (helo=foo)");
    EXPECT_EQ(sender_rcvhost(origin, true), "[192.0.2.1] (port=99 helo=foo)");
    origin.ident = "root";
    EXPECT_EQ(sender_rcvhost(origin, false), "[192.0.2.1] (helo=foo ident=root)");
    origin.host_name = "a.host";
    EXPECT_EQ(sender_rcvhost(origin, false), "a.host\n\t([192.0.2.1] helo=foo ident=root)");
    origin.helo_name = "A.host";
    EXPECT_EQ(sender_rcvhost(origin, true), "a.host ([192.0.2.1]:99 ident=root)");
    origin.ident.clear();
    origin.host_name.clear();
    origin.helo_name = "[192.0.2.1]";
    EXPECT_EQ(sender_rcvhost(origin, false), "[192.0.2.1]");
    EXPECT_EQ(sender_rcvhost(Origin{}, false), "");
}

TEST(Received, IsTheDefaultTextOfTheManual)
{
    auto origin = remote();
    const auto make = [&](std::string_view received_for) {
        return received_header({.origin = origin,
                                .primary_hostname = "mx.example.org",
                                .software = "Exim 4.96",
                                .sender = "a@b.c",
                                .id = "1xUidP-00046k-11",
                                .received_for = received_for},
                               "Sat, 21 Nov 2026 10:47:55 +0000", "\n");
    };
    EXPECT_EQ(make("x@example.org"), "Received: from [192.0.2.1] (helo=foo)\n"
                                     "\tby mx.example.org with esmtp (Exim 4.96)\n"
                                     "\t(envelope-from <a@b.c>)\n"
                                     "\tid 1xUidP-00046k-11\n"
                                     "\tfor x@example.org;\n"
                                     "\tSat, 21 Nov 2026 10:47:55 +0000\n");
    origin.protocol = "esmtps";
    origin.tls_version = "TLS1.3";
    origin.tls_cipher_std = "TLS_AES_256_GCM_SHA384";
    EXPECT_EQ(make(""), "Received: from [192.0.2.1] (helo=foo)\n"
                        "\tby mx.example.org with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n"
                        "\t(Exim 4.96)\n"
                        "\t(envelope-from <a@b.c>)\n"
                        "\tid 1xUidP-00046k-11;\n"
                        "\tSat, 21 Nov 2026 10:47:55 +0000\n");
}

TEST(Received, TellsTheLoginOfALocalProgram)
{
    Origin origin;
    origin.ident = "root";
    origin.protocol = "local";
    const auto text = received_header({.origin = origin,
                                       .primary_hostname = "mx.example.org",
                                       .software = "Exim 4.96",
                                       .sender = "",
                                       .id = "1xUidP-00046k-11",
                                       .received_for = ""},
                                      "DATE");
    EXPECT_EQ(text, "Received: from root by mx.example.org with local (Exim 4.96)\r\n"
                    "\tid 1xUidP-00046k-11;\r\n\tDATE\r\n");
}

TEST(Received, KeepsStrangersFromEndingTheHeader)
{
    auto origin = remote();
    origin.helo_name = "x\r\nEvil: y";
    EXPECT_EQ(sender_rcvhost(origin, false), "[192.0.2.1] (helo=x??Evil: y)");
    EXPECT_EQ(received_header_from("", "DATE"), "");
}

}
}
