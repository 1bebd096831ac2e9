// -bd, -bdf: starts the suite as Exim's daemon would; -bdf stays in the foreground, -bd comes back when the
// suite serves.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "common/base/text.h"
#include "master/sendmail/control.h"

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

int start_daemon(const Options& options, const Instance& instance)
{
    auto program = master_program();
    if (!program) {
        std::fprintf(stderr, "exim: %s\n", program.error().text.c_str());
        return 1;
    }
    std::vector<std::string> words = {*program, "--config", instance.config};
    if (options.mode == "-bdf")
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

int start(const Options& options)
{
    return with_instance(options, start_daemon);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bd", .run = start, .doc = "start the suite"}},
    RegisterMode{{.name = "-bdf", .run = start, .doc = "start the suite in the foreground"}},
};

}
}
