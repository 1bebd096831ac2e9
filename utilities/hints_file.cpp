#include "utilities/hints_file.h"

#include <db.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>

#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "utilities/owner.h"

namespace gp::utilities {
namespace {

constexpr std::array<std::string_view, 4> databases = {"retry", "ratelimit", "seen", "callout"};

Result<OwnedFd> copy_of(const std::string& path)
{
    const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return system_error(path);
    OwnedFd copy{::memfd_create("hints", MFD_CLOEXEC)};
    if (!copy)
        return system_error("memory for a copy of " + path);
    for (off_t at = 0; at < status.st_size;) {
        const auto sent = ::sendfile(copy.get(), file.get(), &at, static_cast<std::size_t>(status.st_size - at));
        if (sent < 0 && errno != EINTR)
            return system_error("read " + path);
        if (sent == 0)
            break;
    }
    return copy;
}

struct CloseDatabase {
    void operator()(DB* db) const { db->close(db, 0); }
};

// What tally wrote: "EXPIRES TIME RATE" of a rate or of what was seen, "EXPIRES yes|no SECOND" of a callout, "EXPIRES" alone of
// an event that counts once, "EXPIRES WORDS" of extensions that a server offered.
struct Counted {
    double expires = 0;
    double written = 0; // as far as that is known; else it is when it expires
    double rate = 0;
    std::string_view verdict; // yes, no
    std::string_view rest;    // behind EXPIRES
    bool has_time = false;
};

double number_in(std::string_view word)
{
    double number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    return std::isfinite(number) ? std::clamp(number, 0.0, 253402300799.0) : 0; // the last second that a date has
}

Counted counted(std::string_view value)
{
    const auto words = split(value, ' ');
    Counted record{.expires = number_in(words[0])};
    record.written = record.expires;
    record.rest = value.substr(std::min(value.size(), words[0].size() + 1));
    if (words.size() != 3)
        return record;
    const bool is_verdict = words[1] == "yes" || words[1] == "no";
    if (!is_verdict && (words[1].empty() || !is_digit(words[1][0])))
        return record;
    record.verdict = is_verdict ? words[1] : std::string_view{};
    record.written = number_in(words[is_verdict ? 2 : 1]);
    record.rate = is_verdict ? 0 : number_in(words[2]);
    record.has_time = true;
    return record;
}

// A line in the form of exim_dumpdb. What Exim has no record of ends with the second until which it is kept.
std::string counted_line(std::string_view database, std::string_view key, std::string_view value, bool utc)
{
    const auto record = counted(value);
    const auto date = [utc](double second) { return hint_time(static_cast<std::int64_t>(second), utc); };
    const auto name = [](std::string_view text) { return escape(text, true); };
    char text[96];
    if (database == "seen")
        return name(key) + "\t" + date(record.written) + "\n";
    if (database == "ratelimit" && record.has_time) {
        std::snprintf(text, sizeof text, ".%06d rate: %10.3f key: ", static_cast<int>((record.written - std::floor(record.written)) * 1e6), record.rate);
        return date(record.written) + text + name(key.starts_with("r/") ? key.substr(2) : key) + "\n";
    }
    if (!record.verdict.empty())
        return date(record.written) + " " + name(key) + " callout=" + (record.verdict == "yes" ? "accept" : "reject") + "\n";
    const auto words = record.rest.empty() ? std::string{} : " " + name(record.rest);
    return date(record.expires) + " key: " + name(key) + words + " (kept until then)\n";
}

}

std::string hints_path(const std::string& spool_directory, std::string_view database)
{
    return spool_directory + (database == "retry" ? "/db/" : "/tally/") + std::string(database);
}

bool is_database(std::string_view name)
{
    return std::ranges::find(databases, name) != databases.end();
}

NameKind kind_of_name(const std::string& spool_directory, std::string_view name)
{
    if (is_database(name))
        return NameKind::kept;
    if (name == "misc" || name == "tls" || (name.starts_with("wait-") && name.size() > 5))
        return NameKind::exim_only;
    const auto path = spool_directory + "/db/" + std::string(name);
    struct stat status{};
    const bool is_there = !name.empty() && name.find('/') == std::string_view::npos && ::lstat(path.c_str(), &status) == 0;
    return is_there && S_ISREG(status.st_mode) ? NameKind::other_file : NameKind::unknown;
}

std::string not_kept(std::string_view name)
{
    return "there is no database \"" + escape(name) + "\": the suite keeps retry, ratelimit, seen and callout; what waits for a host "
           "or runs alone is known to its queue manager without a file";
}

Result<std::unique_ptr<hints::Store>> open_as_owner(const std::string& path)
{
    TRY(become_owner_of_folder(path));
    TRY(expect_own_file(path));
    return hints::Store::open(path);
}

bool has_owner(const std::string& path)
{
    const OwnedFd marker{::open((path + ".open").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    return marker && ::flock(marker.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string hint_time(std::int64_t seconds, bool utc)
{
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    utc ? ::gmtime_r(&time, &parts) : ::localtime_r(&time, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%d-%b-%Y %H:%M:%S", &parts);
    return text;
}

Status each_hint(const std::string& path, const std::function<void(std::string_view, std::string_view)>& visit)
{
    const auto copy = TRY(copy_of(path));
    DB* raw = nullptr;
    if (const int failed = ::db_create(&raw, nullptr, 0))
        return permanent(std::string("Berkeley DB: ") + ::db_strerror(failed));
    const std::unique_ptr<DB, CloseDatabase> db{raw};
    db->set_errfile(db.get(), nullptr);
    const auto place = "/proc/self/fd/" + std::to_string(copy.get());
    if (const int failed = db->open(db.get(), nullptr, place.c_str(), nullptr, DB_UNKNOWN, DB_RDONLY, 0))
        return permanent(path + ": " + ::db_strerror(failed));
    DBC* cursor = nullptr;
    if (const int failed = db->cursor(db.get(), nullptr, &cursor, 0))
        return permanent(path + ": " + ::db_strerror(failed));
    const std::unique_ptr<DBC, int (*)(DBC*)> walk{cursor, [](DBC* c) { return c->close(c); }};
    DBT key{}, value{};
    int got = 0;
    while ((got = walk->get(walk.get(), &key, &value, DB_NEXT)) == 0)
        visit({static_cast<const char*>(key.data), key.size}, {static_cast<const char*>(value.data), value.size});
    if (got != DB_NOTFOUND)
        return permanent(path + ": " + ::db_strerror(got));
    return {};
}

std::string described(std::string_view database, std::string_view key, std::string_view value, bool utc)
{
    if (database != "retry")
        return counted_line(database, key, value, utc);
    const auto record = hints::decode_retry_record(value);
    if (!record)
        return "  " + escape(key, true) + ": damaged\n";
    return "  " + escape(key, true) + " " + std::to_string(record->error_number) + " 0 " + escape(record->text, true) + "\n" +
           hint_time(record->first_failed, utc) + "  " + hint_time(record->last_try, utc) + "  " +
           hint_time(record->next_try, utc) + (record->expired ? " *" : " ") + "\n"; // the blank is the original's
}

std::int64_t last_written(std::string_view database, std::string_view value)
{
    if (database == "retry") {
        const auto record = hints::decode_retry_record(value);
        return record ? record->last_try : 0;
    }
    return static_cast<std::int64_t>(counted(value).written);
}

}
