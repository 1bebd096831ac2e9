// Built-in macros tell files what works here: every condition and modifier of ACLs that is linked has one, and so have
// the facilities that files ask for.

#include <gtest/gtest.h>

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "conf/params/configuration.h"

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
