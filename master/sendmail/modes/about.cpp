// -bI:help, -bI:sieve, -bI:dscp, -bI:modules: what this program knows, for scripts (manual 5.3); and -bI:coverage,
// which Exim does not have: for each name of its language and command line, works or refused and why.
#include <cstdio>

#include "common/net/dscp.h"
#include "common/sieve/words.h"
#include "master/sendmail/coverage.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

void print_line(std::string_view line)
{
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
}

int print_sieve()
{
    const auto words = sieve::Words::linked();
    for (const auto& capability : words.capabilities.all())
        print_line(capability.name);
    return 0;
}

// LIST<tab>NAME<tab>works, or refused: REASON. An argument chooses one list.
int print_coverage(const Options& options)
{
    for (const auto& row : coverage())
        if (options.arguments.empty() || options.arguments.front() == row.list)
            print_line(row.list + '\t' + row.name + '\t' + (row.refused.empty() ? "works" : "refused: " + row.refused));
    return 0;
}

int print_modules()
{
    for (const std::string_view name : {"ldap", "mysql", "pgsql", "redis"})
        print_line("lookup/" + std::string(name));
    return 0;
}

int about(const Options& options)
{
    const std::string& what = options.values.at("-bI:");
    if (what == "sieve")
        return print_sieve();
    if (what == "coverage")
        return print_coverage(options);
    if (what == "modules")
        return print_modules();
    if (what == "dscp") {
        for (const auto& known : net::dscp_names())
            print_line(known.name);
        return 0;
    }
    const bool asked = what == "help";
    std::fputs("\nThe -bI: flag takes a string indicating which information to provide.\n"
               "If the string is not recognised, you'll get this help (on stderr).\n"
               "\n"
               "  exim -bI:help      show this information\n"
               "  exim -bI:dscp      list of known dscp value keywords\n"
               "  exim -bI:sieve     list of supported sieve extensions\n"
               "  exim -bI:modules   look-ups that are loaded when they are used\n"
               "  exim -bI:coverage  each name of the language: works, or refused and why\n",
               asked ? stdout : stderr);
    return asked ? 0 : 1;
}

const RegisterMode self{{
    .name = "-bI:",
    .run = about,
    .value = Mode::Value::attached,
    .doc = "what this program knows: -bI:help tells",
}};

}
}
