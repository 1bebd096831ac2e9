#include "common/mainlog/log_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

extern char** environ;

namespace gp::mainlog {
namespace {

constexpr std::size_t most_line = 1024 * 1024;

struct Unpacker {
    std::string_view suffix;
    const char* program;
};
constexpr Unpacker unpackers[] = {{".gz", "gzip"},  {".Z", "gzip"},    {".bz2", "bzip2"},
                                  {".xz", "xz"},    {".lzma", "xz"},   {".zst", "zstd"}};

const char* unpacker_of(std::string_view path)
{
    for (const auto& one : unpackers)
        if (path.ends_with(one.suffix))
            return one.program;
    return nullptr;
}

// Starts `program -dc` with the file as its standard input; gives the end of the pipe that we read.
Result<std::pair<std::FILE*, int>> unpack(const std::string& path, const char* program)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return system_error(path);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        ::close(file);
        return system_error("pipe");
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string name = program;
    std::string flags = "-dc";
    char* arguments[] = {name.data(), flags.data(), nullptr};
    pid_t child = -1;
    const int failed = ::posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(file);
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        return system_error(path + ": cannot start " + program, failed);
    }
    return std::pair{::fdopen(ends[0], "re"), static_cast<int>(child)};
}

}

Result<LogFile> LogFile::open(const std::string& path)
{
    if (path == "-")
        return LogFile(path, stdin, -1);
    if (const char* program = unpacker_of(path)) {
        const auto [file, child] = TRY(unpack(path, program));
        return LogFile(path, file, child);
    }
    std::FILE* file = std::fopen(path.c_str(), "re");
    if (!file)
        return system_error(path);
    return LogFile(path, file, -1);
}

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, nullptr)),
      child_(std::exchange(other.child_, -1)), line_(std::move(other.line_))
{
}

LogFile::~LogFile()
{
    if (file_ && file_ != stdin)
        std::fclose(file_);
    if (child_ >= 0)
        ::waitpid(child_, nullptr, 0);
}

bool LogFile::next(std::string_view& line)
{
    line_.clear();
    int c = 0;
    while (line_.size() < most_line && (c = ::getc_unlocked(file_)) != EOF && c != '\n')
        line_ += static_cast<char>(c);
    line = line_;
    return c != EOF || !line_.empty();
}

Status LogFile::finish()
{
    if (std::ferror(file_))
        return system_error(path_);
    if (child_ < 0)
        return {};
    std::fclose(std::exchange(file_, nullptr));
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    if (status != 0)
        return permanent(path_ + ": could not be unpacked whole");
    return {};
}

}
