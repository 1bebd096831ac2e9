// exim_tidydb: removes old records from a database of hints, and those about messages that are gone (manual 54.14).
//
// A running suite owns its files and tidies them by itself; then nothing is left to do here, and that is said on standard
// output with status 0, for a daily job calls this for every file in the spool's db folder. With -t, which only the owner could
// obey, it is an error.
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <optional>
#include <set>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/hints/store.h"
#include "common/mainlog/line.h"
#include "utilities/front_end.h"
#include "utilities/hints_file.h"
#include "utilities/options.h"
#include "utilities/owner.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim_tidydb [-t TIME] [-f] SPOOL DATABASE\n"
                                   "    -t TIME  records older than this go; 30d when it is not given\n"
                                   "    -f       records about messages are left alone\n"
                                   "databases: retry, ratelimit, seen, callout\n"
                                   "A running suite tidies its own: records older than retry_data_expire go.\n";

const std::vector<OptionRow> rows = {{'t', "", true}, {'f', "", false}};

// "T:host:address:port:ID": the message that a retry record is about.
std::string message_of(std::string_view key)
{
    const auto last = key.substr(key.rfind(':') + 1);
    return !last.empty() && mainlog::id_length(last) == last.size() ? std::string(last) : std::string{};
}

// Only the queue of the instance whose spool this is tells which messages are gone; else their records go by age alone.
std::optional<std::set<std::string>> queued_ids(const Call& call, const std::string& spool_directory)
{
    const auto own = spool_of(call.directory, "");
    if (!own || *own != spool_directory)
        return std::nullopt;
    const auto ids = output_of(mail_command(call.directory), {"-bpi"});
    if (!ids)
        return std::nullopt;
    std::set<std::string> queued;
    for (const auto id : split(*ids, '\n'))
        queued.emplace(trim(id));
    return queued;
}

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    const auto* age = options ? options->find('t') : nullptr;
    const auto oldest = age ? parse_duration(*age) : Result<Duration>(std::chrono::hours(30 * 24));
    const auto kind = options && options->rest.size() == 2 ? kind_of_name(options->rest[0], options->rest[1]) : NameKind::unknown;
    if (kind == NameKind::unknown || !oldest) {
        std::fputs(usage_text, stderr);
        return 1;
    }
    const auto& database = options->rest[1];
    const auto path = hints_path(options->rest[0], database);
    if (kind == NameKind::exim_only)
        return fail("exim_tidydb", 1, not_kept(database));
    if (kind == NameKind::other_file) {
        std::printf("%s is no database of hints that is tidied here: it is left alone\n", escape(database).c_str());
        return 0;
    }
    if (has_owner(path)) {
        if (age)
            return fail("exim_tidydb", 1, path + " belongs to the running suite, so -t cannot be obeyed: stop the suite first, or set "
                                          "retry_data_expire, by which the suite tidies");
        std::printf("%s belongs to the running suite, which tidies it by itself: nothing is left to do\n", path.c_str());
        return 0;
    }
    if (::access(path.c_str(), F_OK) != 0)
        return fail("exim_tidydb", 1, system_error(path).text);
    const auto queued = !options->find('f') && database == "retry" ? queued_ids(call, options->rest[0]) : std::nullopt;
    auto store = open_as_owner(path);
    if (!store)
        return fail("exim_tidydb", 1, store.error().text);
    std::printf("Tidying Exim hints database %s\n", path.c_str());
    const auto limit = std::time(nullptr) - std::chrono::floor<std::chrono::seconds>(*oldest).count();
    (*store)->for_each({}, [&](std::string_view key, std::string_view value) {
        const auto message = queued ? message_of(key) : std::string{};
        const bool is_gone = !message.empty() && !queued->contains(message);
        if (!is_gone && last_written(database, value) >= limit)
            return hints::Visit::keep;
        std::printf(is_gone ? "deleted %s (no message)\n" : "deleted %s (too old)\n", escape(key, true).c_str());
        return hints::Visit::erase;
    });
    (*store)->flush();
    std::printf("Tidying complete\n");
    return 0;
}

const RegisterTool self{Tool{.name = "exim_tidydb", .text = "removes old records from a database of hints", .run = run}};

}

}
