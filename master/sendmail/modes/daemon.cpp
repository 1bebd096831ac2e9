// -bd, -bdf: starts the suite as Exim's daemon would; -bdf stays in the foreground, -bd comes back when the
// suite serves.

#include "master/sendmail/control.h"
#include "master/sendmail/master_call.h"

namespace gp::sendmail {
namespace {

int start_daemon(const Options& options, const Instance& instance)
{
    auto call = master_call(options, instance);
    if (!call)
        return complain(call.error());
    auto& words = *call;
    if (options.mode == "-bdf")
        words.emplace_back("--foreground");
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
    complain(become_master(std::move(words)));
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
