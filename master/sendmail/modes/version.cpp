// -bV: what this is, and whether the configuration can be read (exit status 0 or 1).
#include <cstdio>
#include <cstdlib>

#include "conf/params/configuration.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

int print_version(const Options& options)
{
    const bool test = ::getenv("GATEPOST_TEST") != nullptr;
    std::printf("%s\n", test ? "Exim version 4.96 #1" : "Gatepost " GATEPOST_VERSION ", in the manner of Exim version 4.96");
    conf::LoadOptions load;
    load.unsupported = config::Unsupported::warn;
    load.definitions = options.definitions;
    const std::string file = options.config.empty() ? "/etc/gatepost/gatepost.conf" : options.config;
    const auto loaded = conf::load(config::Source{.name = file}, load);
    if (!loaded) {
        std::fputs(loaded.problems.text().c_str(), stderr);
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
