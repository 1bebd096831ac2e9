// pam - asks PAM about one user.
//
// launcher starts it for one condition ${if pam{…}} of the configuration, as the user pam_user and with the groups
// pam_groups, so that the modules of others run in a process that knows one login and nothing else. Standard input has
// the strings of the condition, each with a NUL behind it. Exit status 0: PAM accepts them; 1: it does not; 2: it
// cannot tell, and standard output says why.

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "router/pam/conversation.h"

namespace {

constexpr std::size_t most_input = 64 * 1024;

bool read_strings(std::vector<std::string>& strings)
{
    char buffer[4096];
    std::string input;
    for (;;) {
        const auto got = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || input.size() > most_input)
            return false;
        if (got == 0)
            break;
        input.append(buffer, static_cast<std::size_t>(got));
    }
    for (std::size_t at = 0; at < input.size();) {
        const auto end = input.find('\0', at);
        if (end == std::string::npos)
            return false;
        strings.push_back(input.substr(at, end - at));
        at = end + 1;
    }
    return true;
}

}

int main()
{
    using gp::pam::Verdict;
    ::prctl(PR_SET_DUMPABLE, 0); // nobody of the same user looks into this memory
    std::vector<std::string> strings;
    if (!read_strings(strings)) {
        std::puts("what is to be asked did not arrive whole");
        return 2;
    }
    const auto answer = gp::pam::ask("exim", strings); // manual 11.7: the service's name
    if (answer.verdict == Verdict::unknown)
        std::puts(answer.why.c_str());
    return answer.verdict == Verdict::good ? 0 : answer.verdict == Verdict::bad ? 1 : 2;
}
