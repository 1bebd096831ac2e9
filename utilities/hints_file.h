// The files of hints below a spool's db and tally folders, as the tools read them: from a copy, so that the suite, which owns
// the files while it runs, is not disturbed. What it learnt since it last wrote them (hints_flush) is not in there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/hints/retry_record.h"
#include "common/hints/store.h"

namespace gp::utilities {

// Where a spool has this database: each service that learns something has a folder of its own.
std::string hints_path(const std::string& spool_directory, std::string_view database);

// Every record, in order of key.
Status each_hint(const std::string& path, const std::function<void(std::string_view key, std::string_view value)>& visit);

// "31-Oct-1995 12:00:12", as Exim's tools write times.
std::string hint_time(std::int64_t seconds, bool utc);

// What a record of this database says, in the form of exim_dumpdb; lines that end with a newline.
std::string described(std::string_view database, std::string_view key, std::string_view value, bool utc);

// The second at which it was last written; 0 when that cannot be told.
std::int64_t last_written(std::string_view database, std::string_view value);

// retry, ratelimit, seen, callout: those that a suite keeps.
bool is_database(std::string_view name);

// What a name that was given to one of the tools stands for.
enum class NameKind {
    kept,       // a database of the suite
    exim_only,  // misc, wait-TRANSPORT, tls: Exim has it, the suite has no such hints
    other_file, // a file in the spool's db folder that holds no such hints
    unknown,
};
NameKind kind_of_name(const std::string& spool_directory, std::string_view name);

// Whether a process, the running suite's as a rule, owns this file at the moment. Nothing is created.
bool has_owner(const std::string& path);

// For good: root becomes the owner of the file's folder, whose file it must be, a regular one; then it is opened to be changed.
Result<std::unique_ptr<hints::Store>> open_as_owner(const std::string& path);

// "the suite keeps no misc hints …": for an error.
std::string not_kept(std::string_view name);

}
