// -Mvl: a message's own log. No such files are written: the lines about the message in the main log, across rotated
// files, are what they would hold (manual 53.16), and they are there after its end as well. The tool beside us that
// reads logs takes them out.
#include <climits>
#include <cstdio>
#include <unistd.h>

#include "common/mainlog/rotated.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int show(const Options& options)
{
    if (auto good = check_ids(options.arguments, options.mode); !good)
        return complain(good.error());
    const auto loaded = load_configuration(options, configuration_file(options));
    if (!loaded)
        return complain(misconfigured("the configuration cannot be read"));
    const auto& main = loaded.configuration->main;
    const auto form = mainlog::path_form(main.logging.log_file_path.text, main.process.spool_directory);
    if (form.empty())
        return complain(permanent("the main log goes to syslog alone: there is no file to read"));
    char self[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", self, sizeof self);
    std::string tool(self, size > 0 ? static_cast<std::size_t>(size) : 0);
    tool.replace(tool.rfind('/') + 1, std::string::npos, "exitools");
    ::execl(tool.c_str(), "exitools", "message_log", form.c_str(), options.arguments[0].c_str(), nullptr);
    return complain(system_error(tool));
}

const RegisterMode entry{{.name = "-Mvl", .run = show, .doc = "show the log of a message"}};

}
}
