// -bV: what this is, and whether the configuration can be read (exit status 0 or 1).
#include <cstdio>

#include "conf/params/surroundings.h"
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
    std::printf("Configuration file is %s\n", file.c_str());
    return 0;
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bV", .run = print_version, .doc = "say the version, read the configuration"}},
    RegisterMode{{.name = "--version", .run = print_version, .doc = "-bV"}},
};

}
}
