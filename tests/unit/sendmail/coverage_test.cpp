// The coverage page knows every name of ../shared/names, and nothing is on it that is none.

#include "master/sendmail/coverage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace gp::sendmail {
namespace {

namespace fs = std::filesystem;
const fs::path folder = fs::path(GATEPOST_SHARED) / "names";

std::map<std::string, std::set<std::string>> names_on_the_page()
{
    std::map<std::string, std::set<std::string>> found;
    for (const auto& row : coverage())
        found[row.list].insert(row.name);
    return found;
}

TEST(Coverage, EveryNameOfTheListsIsOnThePage)
{
    if (!fs::exists(folder))
        GTEST_SKIP() << "the lists of names are not here";
    auto page = names_on_the_page();
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto list = entry.path().stem().string();
        if (entry.path().extension() != ".txt")
            continue;
        std::ifstream in(entry.path());
        for (std::string name; std::getline(in, name);)
            EXPECT_TRUE(page[list].contains(name) || page[list].contains("*")) << list << ": " << name;
    }
}

TEST(Coverage, NoNameIsTwiceInAListAndEveryRefusalHasAReason)
{
    std::set<std::string> seen;
    for (const auto& row : coverage()) {
        EXPECT_TRUE(seen.insert(row.list + '\t' + row.name).second) << row.list << ": " << row.name;
        EXPECT_EQ(row.refused.find('\n'), std::string::npos) << row.name;
    }
}

TEST(Coverage, WhatNothingActsOnIsRefused)
{
    std::map<std::string, std::string> reasons;
    for (const auto& row : coverage())
        reasons[row.list + ' ' + row.name] = row.refused;
    EXPECT_EQ(reasons["expansion_items lookup"], "");
    EXPECT_EQ(reasons["expansion_operators lc"], "");
    EXPECT_EQ(reasons["cli_options -be"], "");
    EXPECT_NE(reasons["expansion_items perl"], "");
    EXPECT_EQ(reasons["expansion_items run"], "");
    EXPECT_NE(reasons["lookup_types oracle"], "");
    EXPECT_NE(reasons["cli_options -MC"], "");
    EXPECT_EQ(reasons["acl_conditions atrn_domains"], "");
    EXPECT_EQ(reasons["acl_phases acl_smtp_atrn"], "");
    EXPECT_NE(reasons["malware_scanners kavdaemon"], "");
}

TEST(Coverage, WhatHasADriverWorks)
{
    std::map<std::string, std::string> reasons;
    for (const auto& row : coverage())
        reasons[row.list + ' ' + row.name] = row.refused;
    for (const char* name : {"malware_scanners avast", "malware_scanners f-prot6d", "malware_scanners fsecure", "malware_scanners sock",
                             "malware_scanners sophie", "malware_scanners clamd", "expansion_variables event_name",
                             "expansion_variables event_data", "expansion_variables tls_out_sni", "malware_scanners cmdline",
                             "expansion_variables tls_out_ourcert", "events dns:fail", "events smtp:fail:syntax",
                             "malware_scanners drweb", "lookup_types spf", "acl_controls dscp", "cli_options -bw", "cli_options -L",
                             "cli_options -oY", "sendmail_flags -V", "postfix_sendmail_flags -I", "postfix_sendmail_flags -ox",
                             "main_options dns_csa_search_limit", "main_options smtp_backlog_monitor"})
        EXPECT_EQ(reasons[name], "") << name;
}

}
}
