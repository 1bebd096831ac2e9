// -bi, newaliases: alias files are read as they are, so there is nothing to rebuild (manual 5.3, -bi); what bi_command
// names is run instead, as the caller, with -oA's argument.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/process/spawn.h"
#include "conf/kept_environment.h"
#include "master/sendmail/control.h"
#include "master/sendmail/instance.h"
#include "master/sendmail/one_shot.h"

namespace gp::sendmail {
namespace {

int run_command(const std::string& program, const Options& options, std::vector<std::string> environment)
{
    std::vector<std::string> words = {program};
    if (const auto argument = options.values.find("-oA"); argument != options.values.end())
        words.push_back(argument->second);
    std::vector<char*> arguments, variables;
    for (auto& word : words)
        arguments.push_back(word.data());
    for (auto& variable : environment)
        variables.push_back(variable.data());
    arguments.push_back(nullptr);
    variables.push_back(nullptr);
    ::execve(program.c_str(), arguments.data(), variables.data());
    std::fprintf(stderr, "exim: exec '%s' failed: %s\n", program.c_str(), std::strerror(errno));
    return 1;
}

int rebuild(const Options& options)
{
    const auto file = configuration_file(options);
    const auto loaded = load_configuration(options, file);
    if (!loaded) {
        std::fputs(loaded.problems.text().c_str(), stderr);
        return 1;
    }
    const auto& main = loaded.configuration->main;
    if (!main.all.is_set("bi_command"))
        return 0;
    if (const auto became = become_real_user(); !became)
        return complain(became.error());
    return run_command(main.all.text("bi_command"), options, conf::kept_environment(main.process));
}

const RegisterMode entry{{.name = "-bi", .run = rebuild, .doc = "rebuild alias files: run bi_command"}};

}
}
