#include "master/control/log_files.h"

#include "common/mainlog/rotated.h"
#include "master/control/loading.h"

namespace gp::control {
namespace {

// log_file_path's path, with %s; empty when all goes to syslog.
Result<std::string> path_form(const Invocation& call)
{
    if (!call.spool.empty())
        return call.spool + "/log/%slog";
    const auto configuration = TRY(load_configuration(call));
    const auto& main = configuration->main;
    return mainlog::path_form(main.logging.log_file_path.text, main.process.spool_directory);
}

}

Result<std::string> log_form(const Invocation& call)
{
    return path_form(call);
}

Result<std::vector<std::string>> log_files(const Invocation& call, std::string_view log)
{
    auto form = TRY(path_form(call));
    if (form.empty())
        return permanent("the log goes to syslog only; name files with --file");
    return mainlog::rotated_files(std::move(form), log);
}

}
