// sendmail - the front end that programs and people know, under the names sendmail, exim, mailq,
// newaliases, runq and rmail.
//
// It runs with its caller's rights and has no set-id bit. Mail goes to the suite's socket, or to the drop
// directory when the suite is down; questions about the queue go to the control socket.

#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "common/base/text.h"
#include "common/log/log.h"
#include "master/sendmail/control.h"
#include "master/sendmail/daemon.h"
#include "master/sendmail/relay.h"
#include "master/sendmail/send.h"

namespace {

using namespace gp;

std::string last_part(std::string_view path)
{
    return std::string(path.substr(path.rfind('/') + 1)); // npos + 1 is 0
}

int obey(const sendmail::Options& options)
{
    using sendmail::Mode;
    if (options.mode == Mode::version)
        return sendmail::print_version(options);
    if (options.mode == Mode::rebuild_aliases)
        return 0; // alias files are read as they are; there is nothing to rebuild (manual 5.3, -bi)
    auto instance = sendmail::find_instance(options);
    if (!instance) {
        std::fprintf(stderr, "exim: %s\n", escape(instance.error().text, true).c_str());
        return options.mode == Mode::send ? EX_TEMPFAIL : 1;
    }
    switch (options.mode) {
    case Mode::send: return sendmail::send(options, *instance);
    case Mode::smtp: return sendmail::relay_smtp(*instance);
    case Mode::list_queue: return sendmail::list_queue(options, *instance);
    case Mode::count_queue: return sendmail::count_queue(*instance);
    case Mode::run_queue: return sendmail::run_queue(options, *instance);
    case Mode::operate: return sendmail::operate(options, *instance);
    case Mode::daemon: return sendmail::start_daemon(options, *instance);
    default: return 1;
    }
}

}

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    log::set_program("sendmail");
    const auto program = last_part(argc > 0 ? argv[0] : "sendmail");
    auto options = sendmail::parse_options(program, {argv + std::min(argc, 1), argv + argc});
    if (!options) {
        std::fprintf(stderr, "%s abandoned: %s\n", program.c_str(), options.error().text.c_str());
        return 1;
    }
    return obey(*options);
}
