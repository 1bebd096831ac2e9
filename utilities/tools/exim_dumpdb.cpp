// exim_dumpdb: the records of a database of hints (manual 54.13).
#include <cstdio>

#include "common/base/text.h"
#include "utilities/hints_file.h"
#include "utilities/options.h"
#include "utilities/owner.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim_dumpdb [-z] [-k] SPOOL DATABASE\n"
                                   "    -z  times in UTC    -k  keys alone\n"
                                   "databases: retry, ratelimit, seen, callout\n";

const std::vector<OptionRow> rows = {{'z', "", false}, {'k', "", false}};

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    const auto kind = options && options->rest.size() == 2 ? kind_of_name(options->rest[0], options->rest[1]) : NameKind::unknown;
    if (kind == NameKind::exim_only)
        return fail("exim_dumpdb", 1, not_kept(options->rest[1]));
    if (kind != NameKind::kept) {
        std::fputs(usage_text, stderr);
        return 1;
    }
    const auto& database = options->rest[1];
    const auto path = hints_path(options->rest[0], database);
    if (const auto became = become_owner_of_folder(path); !became)
        return fail("exim_dumpdb", 1, became.error().text);
    const auto done = each_hint(path, [&](std::string_view key, std::string_view value) {
        const auto text = options->find('k') ? "  " + escape(key, true) + "\n" : described(database, key, value, options->find('z'));
        std::fwrite(text.data(), 1, text.size(), stdout);
    });
    return done ? 0 : fail("exim_dumpdb", 1, done.error().text);
}

const RegisterTool self{Tool{.name = "exim_dumpdb", .text = "the records of a database of hints", .run = run}};

}

}
