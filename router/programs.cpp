#include "router/programs.h"

namespace gp::router {

// The errors are those of the command-line tools, which run the program themselves.
Result<expand::RunResult> LauncherRunner::run(const std::vector<std::string>& arguments)
{
    auto ran = TRY(programs_.run({.uid = uid_, .gid = gid_, .words = arguments, .directory = {}, .timeout = timeout_, .is_expansion = true}));
    if (!ran.started)
        return expand::RunResult{.code = 127, .output = {}};
    if (ran.timed_out)
        return temporary("command timed out", Cause::timeout);
    if (ran.too_much)
        return temporary("too much output from a command (run_output_max)", Cause::too_big);
    return expand::RunResult{.code = ran.signalled ? 256 + ran.code : ran.code, .output = std::move(ran.output)};
}

}
