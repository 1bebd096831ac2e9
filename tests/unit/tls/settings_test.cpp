// Texts of a configuration that change TLS: each is obeyed, or refused by name.
#include "common/tls/context.h"

#include <gtest/gtest.h>

namespace gp::tls {
namespace {

TEST(TlsSettings, options_have_exims_names)
{
    EXPECT_TRUE(check_options("+no_sslv2 +no_sslv3 +single_dh_use +no_ticket +no_renegotiation"));
    EXPECT_TRUE(check_options("-all +microsoft_big_sslv3_buffer +dont_insert_empty_fragments"));
    EXPECT_TRUE(check_options("  "));
    EXPECT_FALSE(check_options("no_sslv3"));
    EXPECT_FALSE(check_options("+"));
}

TEST(TlsSettings, an_unknown_option_is_named_with_the_nearest_one)
{
    const auto checked = check_options("+no_tls_v1");
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().text, "openssl_options: \"+no_tls_v1\" is unknown; did you mean \"no_tlsv1\"?");
}

TEST(TlsSettings, what_is_always_off_cannot_be_switched_on)
{
    for (const std::string_view option : {"-no_renegotiation", "-no_compression", "-no_sslv3"})
        EXPECT_FALSE(check_options(option)) << option;
}

TEST(TlsSettings, curves_and_ciphers_must_be_known)
{
    EXPECT_TRUE(check_groups("auto"));
    EXPECT_TRUE(check_groups("prime256v1:secp384r1"));
    EXPECT_FALSE(check_groups("round"));
    EXPECT_TRUE(check_ciphers("HIGH:!aNULL"));
    EXPECT_FALSE(check_ciphers("NONESUCH"));
}

}
}
