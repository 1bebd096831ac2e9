// exicyclog: moves main, reject and panic log aside under numbers and packs the older ones (manual 54.6).
//
// An empty log takes the place of each, with the old one's owner and mode, so that `tail -F` and programs that may read it
// find a file. The log service notices that the file is another one. Called by root it works as the owner of the logs' folder.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/number.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "utilities/front_end.h"
#include "utilities/options.h"
#include "utilities/owner.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr std::int64_t default_kept = 10;
constexpr std::int64_t most_kept = 999;
constexpr const char* usage_text = "usage: exicyclog [-k COUNT] [-l PATH] [-C FILE] [-E PROGRAM]\n"
                                   "    -k  logs to keep (10)   -l  as log_file_path, with %s\n"
                                   "    -C  the configuration   -E  the mail command to ask for the path\n";

const std::vector<OptionRow> rows = {
    {'k', "", true}, {'l', "", true}, {'C', "", true}, {'E', "", true}, {'h', "help", false}};

bool exists(const std::string& path)
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0;
}

class Cycle {
public:
    explicit Cycle(std::int64_t kept) : kept_(kept), width_(kept > 99 ? 3 : 2) {}

    Status turn(const std::string& log)
    {
        if (!exists(log))
            return {};
        TRY(forget(log));
        for (auto number = kept_ - 1; number >= 1; --number)
            for (const std::string suffix : {"", ".gz"})
                TRY(move(numbered(log, number) + suffix, numbered(log, number + 1) + suffix));
        struct stat old{};
        if (::lstat(log.c_str(), &old) != 0)
            return system_error(log);
        TRY(move(log, numbered(log, 1)));
        TRY(begin(log, old));
        return pack(log);
    }

private:
    std::string numbered(const std::string& log, std::int64_t number) const
    {
        auto digits = std::to_string(number);
        if (digits.size() < width_)
            digits.insert(0, width_ - digits.size(), '0');
        return log + "." + digits;
    }

    // What would be moved beyond the last number.
    Status forget(const std::string& log) const
    {
        for (auto number = kept_; exists(numbered(log, number)) || exists(numbered(log, number) + ".gz"); ++number)
            for (const std::string suffix : {"", ".gz"}) {
                const auto path = numbered(log, number) + suffix;
                if (::unlink(path.c_str()) != 0 && errno != ENOENT)
                    return system_error(path);
            }
        return {};
    }

    static Status move(const std::string& from, const std::string& to)
    {
        if (!exists(from))
            return {};
        if (::rename(from.c_str(), to.c_str()) != 0)
            return system_error(from + " to " + to);
        return {};
    }

    // Made under another name, for it must not be seen before it has its owner. When the log service has been faster,
    // its file stays.
    static Status begin(const std::string& log, const struct stat& old)
    {
        const auto path = log + ".new." + std::to_string(::getpid());
        const OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (!file)
            return system_error(path);
        Status done;
        // In place of another's log, which only root could give away, we begin one of our own.
        const bool may_give = ::geteuid() == 0 || old.st_uid == ::geteuid();
        if ((may_give && ::fchown(file.get(), old.st_uid, old.st_gid) != 0) ||
            ::fchmod(file.get(), old.st_mode & 0666) != 0 || (::link(path.c_str(), log.c_str()) != 0 && errno != EEXIST))
            done = system_error("the new " + log);
        ::unlink(path.c_str());
        return done;
    }

    // The first stays readable: processes may still write their last lines to it. What is no file of ours stays as it is.
    Status pack(const std::string& log) const
    {
        for (std::int64_t number = 2; number <= kept_; ++number) {
            const auto path = numbered(log, number);
            if (!exists(path))
                continue;
            if (const auto own = expect_own_file(path); own)
                TRY(output_of("gzip", {"-f", path}));
            else
                std::fprintf(stderr, "exicyclog: not packed: %s\n", own.error().text.c_str());
        }
        return {};
    }

    std::int64_t kept_;
    std::size_t width_;
};

// `exim -bP log_file_path`, else the log folder of the spool.
Result<std::string> configured_path(const Call& call, const Options& options)
{
    const auto* program = options.find('E');
    const auto command = program ? *program : mail_command(call.directory);
    const auto ask = [&](const char* name) -> Result<std::string> {
        std::vector<std::string> words;
        if (const auto* file = options.find('C'))
            words = {"-C", *file};
        words.insert(words.end(), {"-bP", name});
        const auto text = TRY(output_of(command, words));
        const auto equals = text.find('=');
        return std::string(equals == std::string::npos ? "" : trim(std::string_view(text).substr(equals + 1)));
    };
    for (const auto part : split(TRY(ask("log_file_path")), ':'))
        if (const auto path = trim(part); path.starts_with('/'))
            return std::string(path);
    return TRY(ask("spool_directory")) + "/log/%slog";
}

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    if (!options || !options->rest.empty()) {
        std::fputs(usage_text, stderr);
        return fail("exicyclog", 1, options ? "no arguments are expected" : options.error().text);
    }
    if (options->find('h')) {
        std::fputs(usage_text, stdout);
        return 0;
    }
    const auto* count = options->find('k');
    const auto kept = count ? parse_integer(*count) : Result<std::int64_t>(default_kept);
    if (!kept || *kept < 1 || *kept > most_kept)
        return fail("exicyclog", 1, "-k needs a number from 1 to 999");
    const auto* given = options->find('l');
    const auto path = given ? Result<std::string>(*given) : configured_path(call, *options);
    if (!path)
        return fail("exicyclog", 1, path.error().text);
    if (path->find("%s") == std::string::npos)
        return fail("exicyclog", 1, "the log path \"" + *path + "\" has no %s");
    if (path->find("%D") != std::string::npos || path->find("%M") != std::string::npos)
        return fail("exicyclog", 1, "\"" + *path + "\" has the date in its name: such logs need no cycling");
    if (!exists(replace_all(*path, "%s", "main")))
        return 0; // nothing was logged
    if (const auto became = become_owner_of_folder(replace_all(*path, "%s", "main")); !became)
        return fail("exicyclog", 1, became.error().text);
    Cycle cycle{*kept};
    for (const char* name : {"main", "reject", "panic"})
        if (const auto done = cycle.turn(replace_all(*path, "%s", name)); !done)
            return fail("exicyclog", 1, done.error().text);
    return 0;
}

const RegisterTool self{Tool{.name = "exicyclog", .text = "moves the logs aside and packs old ones", .run = run}};

}

}
