// -bV: what this is, and whether the configuration can be read: exit status 0 or 1. ACLs are read too. Texts that are
// expanded are not part of that static check (manual 5.3): what is wrong with them is told all the same, so that who made a
// change hears of it before it is used.
#include <cstdio>

#include "conf/log_selector.h"
#include "conf/params/surroundings.h"
#include "conf/parse_all.h"
#include "master/sendmail/instance.h"

namespace gp::sendmail {
namespace {

int complain_of(const config::Origin& origin, std::string_view line, const std::string& why)
{
    config::Problems problems;
    problems.error(origin, line, why);
    std::fputs(problems.text().c_str(), stderr);
    return 1;
}

int print_version(const Options& options)
{
    const bool test = conf::is_test_environment();
    std::printf("%s\n", test ? "Exim version 4.96 #1" : "Gatepost " GATEPOST_VERSION ", in the manner of Exim version 4.96");
    const auto file = configuration_file(options);
    const auto loaded = load_configuration(options, file);
    if (!loaded) {
        std::fputs(loaded.problems.text().c_str(), stderr);
        return 1;
    }
    std::fputs(conf::parse_all(*loaded.configuration).text(config::Problem::Weight::error).c_str(), stderr);
    const auto& main = loaded.configuration->main;
    if (const auto selector = conf::LogSelector::parse(main.logging.log_selector); !selector)
        return complain_of(main.all.find("log_selector")->origin, "log_selector = " + main.logging.log_selector, selector.error().text);
    if (conf::parse_acls(*loaded.configuration).has_errors())
        return 1;
    std::printf("Configuration file is %s\n", file.c_str());
    return 0;
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bV", .run = print_version, .doc = "say the version, read the configuration"}},
    RegisterMode{{.name = "--version", .run = print_version, .doc = "-bV"}},
};

}
}
