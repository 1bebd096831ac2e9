#include "common/tls/self_signed.h"

#include <gtest/gtest.h>

namespace gp::tls {
namespace {

TEST(SelfSigned, IsMadeAnewEachTime)
{
    const auto one = make_self_signed("mail.example"), other = make_self_signed("mail.example");
    ASSERT_TRUE(one && other);
    EXPECT_TRUE(one->certificate_pem.starts_with("-----BEGIN CERTIFICATE-----"));
    EXPECT_TRUE(one->key_pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    EXPECT_NE(one->certificate_pem, other->certificate_pem);
    EXPECT_NE(one->key_pem, other->key_pem);
}

TEST(SelfSigned, BearsAnyName)
{
    EXPECT_TRUE(make_self_signed(""));
    EXPECT_TRUE(make_self_signed(std::string(300, 'x')));
}

}
}
