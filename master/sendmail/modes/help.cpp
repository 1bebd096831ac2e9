// --help: what this program can be asked for.
#include <cstdio>

#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

int help(const Options& options)
{
    std::printf("Usage: %s [option]... [address, message id or file]...\n\n", options.program.c_str());
    const auto modes = Registry<Mode>::linked();
    for (const auto& mode : modes.all())
        std::printf("  %-10s %.*s\n", std::string(mode.name).c_str(), static_cast<int>(mode.doc.size()),
                    mode.doc.data());
    std::printf("\nOptions that say how are Exim's; see the manual, chapter 5.\n");
    return 0;
}

const RegisterMode entry{{.name = "--help", .run = help, .doc = "this list"}};

}
}
