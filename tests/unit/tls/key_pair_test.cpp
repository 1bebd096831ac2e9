#include "common/tls/key_pair.h"

#include <gtest/gtest.h>

#include "common/tls/self_signed.h"

namespace gp::tls {
namespace {

TEST(KeyPair, HasOnePublicKey)
{
    const auto one = make_self_signed("one.example"), other = make_self_signed("two.example");
    ASSERT_TRUE(one && other);
    const auto of_certificate = public_key_of_certificate(one->certificate_pem);
    const auto of_key = public_key_of_private_key(one->key_pem), of_other = public_key_of_private_key(other->key_pem);
    ASSERT_TRUE(of_certificate && of_key && of_other);
    EXPECT_EQ(*of_certificate, *of_key);
    EXPECT_NE(*of_certificate, *of_other);
    EXPECT_FALSE(public_key_of_certificate("nothing"));
    EXPECT_FALSE(public_key_of_private_key(one->certificate_pem));
}

}
}
