// sendmail - the front end that programs and people know, under the names sendmail, exim, mailq,
// newaliases, runq and rmail.
//
// It runs with its caller's rights and has no set-id bit. What a command line can ask for is one file each in
// modes/: mail goes to the suite's socket, or to the drop directory when the suite is down; questions about
// the queue go to the control socket; tests of a configuration are answered in this process.

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/handed_on.h"
#include "master/sendmail/one_shot.h"
#include "master/sendmail/options.h"

namespace {

using namespace gp;

constexpr int most_words_told = 1000; // of the command line; the log has the beginning of it

// Where the caller stands, for the log and for who asks which script sent a message; empty when that is not known.
std::string working_directory()
{
    char here[PATH_MAX];
    return ::getcwd(here, sizeof here) ? here : "";
}

std::string last_part(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1)); // npos + 1 is 0
}

}

int main(int argc, char** argv)
{
    process::settle_inheritance();
    std::signal(SIGPIPE, SIG_IGN);
    log::set_program("sendmail");
    const auto program = last_part(argc > 0 ? argv[0] : "sendmail");
    if (auto dropped = sendmail::drop_borrowed_rights(); !dropped) {
        std::fprintf(stderr, "%s: %s\n", program.c_str(), dropped.error().text.c_str());
        return 1;
    }
    const auto modes = Registry<sendmail::Mode>::linked();
    auto options = sendmail::parse_options(program, {argv + std::min(argc, 1), argv + argc}, modes);
    if (!options) {
        const auto* how = options.error().cause == Cause::refused ? ":" : " abandoned:";
        std::fprintf(stderr, "%s%s %s\n", program.c_str(), how, options.error().text.c_str());
        return 1;
    }
    options->letter.words.assign(argv, argv + std::min(argc, most_words_told));
    options->letter.directory = working_directory();
    if (!options->debugging.empty())
        log::set_debugging(options->debugging);
    log::debug("uid", "uid=" + std::to_string(::getuid()) + " gid=" + std::to_string(::getgid()) + " euid=" + std::to_string(::geteuid()) +
                          " egid=" + std::to_string(::getegid()) + " pid=" + std::to_string(::getpid()));
    return modes.find(options->mode)->run(*options);
}
