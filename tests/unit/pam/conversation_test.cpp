// What PAM's answers mean: as Exim 4.96 takes them, with services of the test's own and the modules of this machine.
#include "router/pam/conversation.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace gp::pam {
namespace {

struct Service {
    test::TempDir directory;
    Answer ask(const std::string& auth, const std::string& account, const std::vector<std::string>& strings)
    {
        std::ofstream(directory.path() + "/exim") << "auth required " << auth << "\naccount required " << account << "\n";
        return pam::ask("exim", strings, directory.path().c_str());
    }
    Verdict debug(const std::string& auth, const std::string& account)
    {
        return ask("pam_debug.so auth=" + auth, "pam_debug.so acct=" + account, {"root", "x"}).verdict;
    }
};

TEST(Pam, GoodIsWhoIsAuthenticatedAndHasAGoodAccount)
{
    Service service;
    EXPECT_EQ(service.ask("pam_permit.so", "pam_permit.so", {"root", "x"}).verdict, Verdict::good);
    EXPECT_EQ(service.ask("pam_deny.so", "pam_permit.so", {"root", "x"}).verdict, Verdict::bad);
    EXPECT_EQ(service.ask("pam_permit.so", "pam_deny.so", {"root", "x"}).verdict, Verdict::bad);
}

TEST(Pam, ThreeOfItsErrorsAreRefusalsAndTheOthersTroubleOfOurs)
{
    Service service;
    for (const std::string code : {"auth_err", "user_unknown", "acct_expired"}) {
        EXPECT_EQ(service.debug(code, "success"), Verdict::bad) << code;
        EXPECT_EQ(service.debug("success", code), Verdict::bad) << code;
    }
    for (const std::string code : {"perm_denied", "maxtries", "new_authtok_reqd", "cred_expired", "authinfo_unavail", "abort"}) {
        EXPECT_EQ(service.debug(code, "success"), Verdict::unknown) << code;
        EXPECT_EQ(service.debug("success", code), Verdict::unknown) << code;
    }
    EXPECT_EQ(service.ask("pam_debug.so auth=authinfo_unavail", "pam_permit.so", {"root", "x"}).why,
              "Authentication service cannot retrieve authentication info");
    EXPECT_EQ(service.ask("pam_no_such_module.so", "pam_permit.so", {"root", "x"}).verdict, Verdict::unknown);
}

TEST(Pam, NobodyIsNotGood)
{
    Service service;
    EXPECT_EQ(service.ask("pam_permit.so", "pam_permit.so", {}).verdict, Verdict::bad);
    EXPECT_EQ(service.ask("pam_permit.so", "pam_permit.so", {"", "x"}).verdict, Verdict::bad);
}

// pam_exec asks for the password, and has the program decide.
TEST(Pam, PromptsAreAnsweredInTheirOrderAndAMissingAnswerIsTold)
{
    Service service;
    const auto program = service.directory.path() + "/ask";
    std::ofstream(program) << "#!/bin/sh\n[ \"$PAM_USER/$(tr -d '\\0')\" = 'joe/se:cret' ]\n";
    ::chmod(program.c_str(), 0755);
    const std::string module = "pam_exec.so quiet expose_authtok " + program;
    EXPECT_EQ(service.ask(module, "pam_permit.so", {"joe", "se:cret"}).verdict, Verdict::good);
    EXPECT_EQ(service.ask(module, "pam_permit.so", {"joe", "se:cret", "more"}).verdict, Verdict::good);
    EXPECT_NE(service.ask(module, "pam_permit.so", {"ann", "se:cret"}).verdict, Verdict::good);
    // An empty password is no item of the list.
    EXPECT_EQ(service.ask(module, "pam_permit.so", {"joe"}).verdict, Verdict::bad);
    const auto missing = service.ask(module, module, {"joe", "x"});
    EXPECT_EQ(missing.verdict, Verdict::unknown);
}

}
}
