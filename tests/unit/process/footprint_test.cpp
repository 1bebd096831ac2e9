#include "common/process/footprint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace gp::process {
namespace {

long resident_file_pages()
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "RssFile:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    return 0;
}

TEST(Footprint, WhatTheStartNeededIsGivenBackAndTheProgramGoesOn)
{
    const auto before = resident_file_pages();
    give_back_memory();
    EXPECT_LT(resident_file_pages(), before);
    EXPECT_EQ(std::to_string(1234567), "1234567");
}

}
}
