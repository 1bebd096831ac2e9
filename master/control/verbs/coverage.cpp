// gatepost coverage: for every name of Exim's language and command line, works or refused and why. The names are
// asked of exim -bI:coverage, the program that reads the whole language.

#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <map>

#include "common/base/text.h"
#include "common/process/spawn.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

constexpr std::chrono::seconds patience{60};

// `sendmail` lies beside this program.
Result<std::string> reader()
{
    std::array<char, 4096> path;
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
    if (size <= 0)
        return temporary("the place of this program cannot be told");
    const std::string_view self(path.data(), static_cast<std::size_t>(size));
    return std::string(self.substr(0, self.rfind('/'))) + "/sendmail";
}

Result<std::string> output_of(process::Command command)
{
    int ends[2];
    if (::pipe(ends) != 0)
        return system_error("pipe");
    const OwnedFd ours{ends[0]};
    OwnedFd theirs{ends[1]};
    command.descriptors = {{theirs.get(), STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}};
    auto child = TRY(process::start(command));
    theirs.reset();
    std::string out;
    std::array<char, 1 << 16> buffer;
    for (ssize_t got = 0; (got = ::read(ours.get(), buffer.data(), buffer.size())) > 0;)
        out.append(buffer.data(), static_cast<std::size_t>(got));
    const auto exit = TRY(process::wait_for(child, patience));
    return exit.good() ? Result<std::string>(std::move(out)) : temporary("sendmail: " + process::describe(exit));
}

struct Count {
    std::int64_t all = 0, works = 0;
};

int show(const Invocation& call)
{
    auto asked = call.arguments;
    const bool only_refused = std::erase(asked, "--refused") != 0;
    const bool in_short = std::erase(asked, "--summary") != 0;
    if (asked.size() > 1)
        return fail(EX_USAGE, "coverage [LIST] [--refused] [--summary] [--json]");
    auto program = reader();
    if (!program)
        return fail(EX_OSERR, program.error().text);
    process::Command command{.path = *program, .arguments = {"exim", "-bI:coverage"}};
    command.arguments.insert(command.arguments.end(), asked.begin(), asked.end());
    const auto text = output_of(command);
    if (!text)
        return fail(EX_SOFTWARE, text.error().text);
    Table rows{{{"LIST", "list"}, {"NAME", "name"}, {"STATE", "state"}, {"REASON", "reason"}}};
    std::map<std::string, Count, std::less<>> counts;
    for (const auto line : split(*text, '\n')) {
        const auto fields = split(line, '\t');
        if (fields.size() != 3)
            continue;
        const bool works = fields[2] == "works";
        auto& count = counts[std::string(fields[0])];
        ++count.all;
        count.works += works;
        constexpr std::string_view refused = "refused: ";
        if (!works || !only_refused)
            rows.add({std::string(fields[0]), std::string(fields[1]), std::string(works ? "works" : "refused"),
                      std::string(works ? "" : fields[2].substr(refused.size()))});
    }
    if (in_short) {
        rows = Table{{{"LIST", "list"}, {"WORK", "work"}, {"OF", "of"}}};
        for (const auto& [list, count] : counts)
            rows.add({list, count.works, count.all});
    }
    return print(call.json ? rows.json() : rows.text()) ? EX_OK : EX_IOERR;
}

const RegisterVerb self{{
    .name = "coverage",
    .usage = "coverage [LIST] [--refused] [--summary] [--json]",
    .text = "For every name of Exim's configuration language and command line: works, or refused and why. LIST is one "
            "of the lists alone, such as main_options or expansion_items.",
    .run = show,
}};

}
}
