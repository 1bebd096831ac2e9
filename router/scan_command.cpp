#include "router/scan_command.h"

#include <algorithm>

#include "common/event/line_reader.h"
#include "common/event/stream.h"
#include "common/process/memfd.h"
#include "common/scan/servers.h"
#include "router/programs.h"

namespace gp::router {
namespace {

constexpr std::size_t longest_word_of_scan = 4096;
constexpr std::chrono::seconds to_tell{10}; // what was written, to scan, when the time is over

// A status as wait() has it, which is what Exim logs.
std::string answer_of(const Result<launcher::ProgramReply>& ran)
{
    if (!ran)
        return ran.error().text;
    if (!ran->failure.empty())
        return ran->failure;
    if (!ran->started)
        return "the command could not be started (errno " + std::to_string(ran->code) + ")";
    if (ran->timed_out)
        return "command timed out";
    if (ran->too_much)
        return "too much output from a command (run_output_max)";
    return std::to_string(ran->signalled ? ran->code : ran->code << 8) + "\n" + ran->output;
}

void serve(OwnedFd end, const std::function<std::string()>& run, event::Deadline until)
{
    event::FdStream scan{std::move(end)};
    event::LineReader reader{scan};
    const auto ready = reader.read_line(longest_word_of_scan, until);
    if (!ready || ready->too_long)
        return;
    const auto answer = run();
    (void)!scan.write(answer, until.left() < to_tell ? event::Deadline::in(to_tell) : until); // a scan that is gone told cleanup so
}

}

Result<OwnedFd> open_scan_command(std::function<std::string()> run, event::Deadline until)
{
    auto ends = TRY(process::socket_pair(SOCK_STREAM));
    auto ours = std::make_shared<OwnedFd>(std::move(ends.second));
    TRY(event::Loop::current().spawn("scan command", [ours, run = std::move(run), until] { serve(std::move(*ours), run, until); }));
    return std::move(ends.first);
}

Result<OwnedFd> open_scan_command(const std::string& command, const std::string& directory, const Ground& ground, event::Deadline until)
{
    if (!ground.programs)
        return misconfigured("running a command is not possible here");
    const auto seconds = std::max<std::int64_t>(until.left().count() / 1000, 1);
    auto words = TRY(scan::scan_command(command, directory));
    const launcher::ProgramQuestion question{.uid = ground.parameters.run_uid,
                                             .gid = ground.parameters.instance_gid, // which the file's directory has
                                             .words = std::move(words),
                                             .directory = {},
                                             .timeout = static_cast<std::uint32_t>(seconds),
                                             .is_expansion = true};
    return open_scan_command([&programs = *ground.programs, question] { return answer_of(programs.run(question)); }, until);
}

}
