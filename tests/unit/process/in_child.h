// A wall is for good, so each test raises it in a child of its own and takes home what the child saw.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace gp::process {

// What the child noted by name: numbers, mostly errno values.
using Notes = std::map<std::string, long>;

class Notebook {
public:
    explicit Notebook(int fd) : fd_(fd) {}
    void note(const std::string& name, long value)
    {
        const std::string line = name + "=" + std::to_string(value) + "\n";
        if (::write(fd_, line.data(), line.size()) < 0)
            ::_exit(99);
    }
    // 0 when the call succeeded, else its errno.
    void call(const std::string& name, long result) { note(name, result < 0 ? errno : 0); }

private:
    int fd_;
};

// Runs `body` in a forked child. "exit" is its exit status, or minus the signal that ended it.
inline Notes in_child(const std::function<void(Notebook&)>& body)
{
    int ends[2];
    if (::pipe(ends) != 0)
        return {};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        Notebook book{ends[1]};
        body(book);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    Notes notes;
    notes["exit"] = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        const auto equals = text.find('=', at);
        notes[text.substr(at, equals - at)] = std::stol(text.substr(equals + 1, end - equals - 1));
        at = end + 1;
    }
    return notes;
}

}
