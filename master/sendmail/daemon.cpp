#include "master/sendmail/daemon.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "common/base/text.h"
#include "conf/params/configuration.h"

namespace gp::sendmail {
namespace {

// bin/sendmail and libexec/gatepost/master are parts of one installation.
Result<std::string> master_program()
{
    char path[4096];
    const auto length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || static_cast<std::size_t>(length) == sizeof path)
        return temporary("cannot tell where this program is");
    std::string_view self(path, static_cast<std::size_t>(length));
    const auto bin = self.substr(0, self.rfind('/'));
    return std::string(bin.substr(0, bin.rfind('/'))) + "/libexec/gatepost/master";
}

}

int start_daemon(const Options& options, const Instance& instance)
{
    auto program = master_program();
    if (!program) {
        std::fprintf(stderr, "exim: %s\n", program.error().text.c_str());
        return 1;
    }
    std::vector<std::string> words = {*program, "--config", instance.config};
    if (options.foreground)
        words.emplace_back("--foreground");
    for (const auto& definition : options.definitions) {
        words.emplace_back("--define");
        words.push_back(definition);
    }
    if (!options.listen.empty()) {
        words.emplace_back("--listen");
        words.push_back(options.listen);
    }
    if (!options.pid_file.empty()) {
        words.emplace_back("--pid-file");
        words.push_back(options.pid_file);
    }
    if (!options.interval.empty()) {
        words.emplace_back("--queue-interval");
        words.push_back(options.interval);
    }
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(program->c_str(), arguments.data());
    std::fprintf(stderr, "exim: %s\n", system_error("start " + *program).text.c_str());
    return 1;
}

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

}
