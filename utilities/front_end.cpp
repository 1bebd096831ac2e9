#include "utilities/front_end.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include "common/base/owned_fd.h"
#include "common/base/text.h"

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

// What a program prints, and how it ended.
struct Ran {
    std::string text;
    int status = 0;
};

Result<Ran> run_program(const std::string& program, const std::vector<std::string>& arguments, const OwnedFd* input)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return system_error("pipe");
    OwnedFd reading{ends[0]}, writing{ends[1]};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (input)
        ::posix_spawn_file_actions_adddup2(&actions, input->get(), STDIN_FILENO);
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
    return Ran{TRY(std::move(text)), status};
}

}

Result<std::string> output_of(const std::string& program, const std::vector<std::string>& arguments)
{
    auto ran = TRY(run_program(program, arguments, nullptr));
    if (ran.status != 0)
        return permanent(program + " ended with status " +
                         std::to_string(WIFEXITED(ran.status) ? WEXITSTATUS(ran.status) : 128 + WTERMSIG(ran.status)));
    return std::move(ran.text);
}

Result<std::string> answer_of(const std::string& program, const std::vector<std::string>& arguments, std::string_view input)
{
    OwnedFd file{::memfd_create("input", MFD_CLOEXEC)};
    if (!file || ::write(file.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0)
        return system_error("memory for the input of " + program);
    return std::move(TRY(run_program(program, arguments, &file)).text);
}

Result<std::string> spool_of(const std::string& directory, const std::string& config)
{
    std::vector<std::string> words;
    if (!config.empty())
        words = {"-C", config};
    words.insert(words.end(), {"-bP", "spool_directory"});
    const auto text = TRY(output_of(mail_command(directory), words));
    const auto equals = text.find('=');
    if (equals == std::string::npos)
        return permanent("the configuration names no spool_directory");
    return std::string(trim(std::string_view(text).substr(equals + 1)));
}

std::string mail_command(const std::string& directory)
{
    return directory + "/sendmail";
}

}
