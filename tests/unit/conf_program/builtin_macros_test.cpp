// Built-in macros tell files what works here: every condition and modifier of ACLs that is linked has one, and so have
// the facilities that files ask for.

#include <gtest/gtest.h>

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/expand/expand.h"
#include "conf/params/configuration.h"
#include "conf/params/expansion_words.h"

namespace gp::conf {
namespace {

bool is_defined(const std::string& name)
{
    static const auto loaded = load({.name = "conf", .text = ""}, {.host_name = "mx.example"});
    return std::ranges::any_of(loaded.configuration->macros, [&](const config::Macro& macro) { return macro.is_built_in && macro.name == name; });
}

TEST(BuiltInMacros, EveryWordOfAclsHasOne)
{
    const auto words = acl::Words::linked();
    for (const auto& row : words.conditions.all())
        EXPECT_TRUE(is_defined("_ACL_COND_" + upper(row.name))) << row.name;
    for (const auto& row : words.modifiers.all())
        EXPECT_TRUE(is_defined("_ACL_MOD_" + upper(row.name))) << row.name;
}

TEST(BuiltInMacros, EveryWordOfExpansionsHasOne)
{
    const auto language = expand::Language::linked();
    for (const auto& row : language.items().all())
        EXPECT_EQ(is_defined("_EXP_ITEM_" + upper(row.name)), row.name != "perl" && row.name != "dlfunc") << row.name;
    for (const auto& row : language.operators().all())
        EXPECT_TRUE(is_defined("_EXP_OP_" + upper(row.name))) << row.name;
    for (const auto& row : language.conditions().all())
        if (is_alpha(row.name.front())) {
            EXPECT_EQ(is_defined("_EXP_COND_" + upper(row.name)), row.name != "radius" && row.name != "pwcheck") << row.name;
        }
    for (const auto& row : language.variables().all())
        if (!row.is_family) {
            EXPECT_EQ(is_defined("_EXP_VAR_" + upper(row.name)), row.name != "local_scan_data") << row.name;
        }
    for (const auto& words : expansion_words())
        for (const auto name : words.names)
            EXPECT_TRUE(words.kind == "ITEM"   ? language.find_item(name) != nullptr
                        : words.kind == "OP"   ? language.find_operator(name) != nullptr
                        : words.kind == "COND" ? language.find_condition(name) != nullptr
                                               : language.find_variable(name) != nullptr)
                << name;
}

TEST(BuiltInMacros, FacilitiesThatFilesAskFor)
{
    for (const auto* name : {"_HAVE_DANE", "_HAVE_EVENT", "_HAVE_I18N", "_HAVE_MALWARE_CLAMD", "_HAVE_NATIVE_SRS", "_HAVE_OCSP", "_HAVE_OPENSSL",
                             "_HAVE_PRDR", "_HAVE_SOCKS", "_HAVE_SPF", "_HAVE_SRS", "_HAVE_TLS_OCSP_LIST", "_LOG_REJECTED_HEADERS"})
        EXPECT_TRUE(is_defined(name)) << name;
    for (const auto* name : {"_HAVE_GNUTLS", "_HAVE_PERL", "_HAVE_DLFUNC", "_HAVE_TLS_CA_CACHE", "_HAVE_LOOKUP_NIS"})
        EXPECT_FALSE(is_defined(name)) << name;
}

}
}
