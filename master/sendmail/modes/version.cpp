// -bV: what this is, and whether the configuration can be used: exit status 0 or 1. ACLs, expansions and lists are
// read too (manual 5.3), so that who made a change can ask before it is used.
#include <cstdio>

#include "conf/log_selector.h"
#include "conf/params/surroundings.h"
#include "conf/parse_all.h"
#include "master/sendmail/instance.h"

namespace gp::sendmail {
namespace {

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
    auto problems = conf::parse_all(*loaded.configuration);
    const auto& main = loaded.configuration->main;
    if (const auto selector = conf::LogSelector::parse(main.logging.log_selector); !selector)
        problems.error(main.all.find("log_selector")->origin, "log_selector = " + main.logging.log_selector, selector.error().text);
    if (problems.has_errors()) {
        std::fputs(problems.text(config::Problem::Weight::error).c_str(), stderr);
        return 1;
    }
    std::printf("Configuration file is %s\n", file.c_str());
    return 0;
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bV", .run = print_version, .doc = "say the version, read the configuration"}},
    RegisterMode{{.name = "--version", .run = print_version, .doc = "-bV"}},
};

}
}
