#include "utilities/front_end.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include "common/base/owned_fd.h"

extern char** environ;

namespace gp::utilities {
namespace {

constexpr std::size_t most_output = std::size_t{1} << 30;

Result<std::string> read_all(int fd)
{
    std::string text;
    char block[65536];
    for (;;) {
        const auto count = ::read(fd, block, sizeof block);
        if (count == 0)
            return text;
        if (count < 0 && errno != EINTR)
            return system_error("read");
        if (count > 0)
            text.append(block, static_cast<std::size_t>(count));
        if (text.size() > most_output)
            return permanent("more than 1 GiB of output");
    }
}

}

Result<std::string> output_of(const std::string& program, const std::vector<std::string>& arguments)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return system_error("pipe");
    OwnedFd reading{ends[0]}, writing{ends[1]};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (auto& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        return system_error(program, failed);
    writing = OwnedFd{};
    auto text = read_all(reading.get());
    int status = 0;
    ::waitpid(child, &status, 0);
    if (text && status != 0)
        return permanent(program + " ended with status " +
                         std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
    return text;
}

std::string mail_command(const std::string& directory)
{
    return directory + "/sendmail";
}

}
