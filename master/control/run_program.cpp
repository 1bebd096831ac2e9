#include "master/control/run_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>

#include "master/control/verb.h"

extern char** environ;

namespace gp::control {

std::string beside_us(std::string_view name)
{
    char path[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string self(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    return self.substr(0, self.rfind('/') + 1) + std::string(name);
}

int run_program(std::vector<std::string> words)
{
    std::vector<char*> pointers;
    for (auto& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    std::fflush(stdout);
    pid_t child = -1;
    if (::posix_spawn(&child, words.front().c_str(), nullptr, nullptr, pointers.data(), environ) != 0)
        return fail(EX_OSFILE, words.front() + " cannot be started");
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

}
