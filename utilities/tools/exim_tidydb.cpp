// exim_tidydb: removes old records from a database of hints, and those about messages that are gone (manual 54.14).
//
// A running suite owns its files and tidies them by itself; then nothing is left to do here, and that is said.
#include <cstdio>
#include <ctime>
#include <set>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/hints/store.h"
#include "common/mainlog/line.h"
#include "utilities/front_end.h"
#include "utilities/hints_file.h"
#include "utilities/options.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim_tidydb [-t TIME] [-f] SPOOL DATABASE\n"
                                   "    -t TIME  records older than this go; 30d when it is not given\n"
                                   "    -f       records about messages are left alone\n"
                                   "databases: retry, ratelimit, seen, callout\n";

const std::vector<OptionRow> rows = {{'t', "", true}, {'f', "", false}};

// "T:host:address:port:ID": the message that a retry record is about.
std::string message_of(std::string_view key)
{
    const auto last = key.substr(key.rfind(':') + 1);
    return !last.empty() && mainlog::id_length(last) == last.size() ? std::string(last) : std::string{};
}

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    const auto* age = options ? options->find('t') : nullptr;
    const auto oldest = age ? parse_duration(*age) : Result<Duration>(std::chrono::hours(30 * 24));
    if (!options || options->rest.size() != 2 || !is_database(options->rest[1]) || !oldest) {
        std::fputs(usage_text, stderr);
        return 1;
    }
    const auto& database = options->rest[1];
    auto store = hints::Store::open(hints_path(options->rest[0], database));
    if (!store)
        return fail("exim_tidydb", 1, store.error().text + " (a running suite tidies its hints by itself)");
    std::printf("Tidying Exim hints database %s\n", hints_path(options->rest[0], database).c_str());
    const auto limit = std::time(nullptr) - std::chrono::floor<std::chrono::seconds>(*oldest).count();
    std::set<std::string> queued;
    bool knows_queue = false;
    if (!options->find('f') && database == "retry")
        if (const auto ids = output_of(mail_command(call.directory), {"-bpi", "-C", options->rest[0]}); ids) {
            for (const auto id : split(*ids, '\n'))
                queued.emplace(trim(id));
            knows_queue = true;
        }
    (*store)->for_each({}, [&](std::string_view key, std::string_view value) {
        const auto message = knows_queue ? message_of(key) : std::string{};
        const bool is_gone = !message.empty() && !queued.contains(message);
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
