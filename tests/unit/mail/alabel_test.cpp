#include "common/mail/alabel.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(Alabel, AddressesGoThereAndBack)
{
    EXPECT_EQ(*address_to_alabel("a@b.example"), "a@b.example");
    EXPECT_EQ(*address_to_alabel("\xc3\xbc@b\xc3\xbc" "cher.example"), "xn--tda@xn--bcher-kva.example");
    EXPECT_EQ(*address_to_alabel("\xc3\xbc"), "xn--tda");
    EXPECT_EQ(*local_part_from_alabel("xn--tda"), "\xc3\xbc");
    EXPECT_EQ(*domain_from_alabel("xn--bcher-kva.example"), "b\xc3\xbc" "cher.example");
}

TEST(Alabel, WhatHasNoSuchFormStays)
{
    EXPECT_FALSE(address_to_alabel("\xff@b.example"));
    EXPECT_EQ(in_ascii_form("\xff@b.example"), "\xff@b.example");
    EXPECT_FALSE(local_part_to_alabel(std::string(5000, '\xc3')));
}

}
}
