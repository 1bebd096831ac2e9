// What a look-up type is: the descriptor that each file in drivers/ registers, and what passes between it
// and those who look things up (lookups.h). Used by expansions, lists and the drivers themselves.
//
// A driver opens a Source (a file read into memory, a connection); Lookups keeps it open and asks it. A
// source that cannot be read or reached is an Error with Blame::temporary and never "no such key".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::dns {
class Resolver;
}

namespace gp::lookup {

class Lookups;

enum class Style {
    file,      // a key in a named file
    directory, // a key in a named directory
    query,     // a query; the driver knows where to send it
};

// What follows the type after commas: "ret=full", "filter=dir", "servers=a:b", "cache=no_rd".
struct Options {
    std::vector<std::pair<std::string, std::string>> items;
    // The value of an option, or null when it was not given.
    const std::string* find(std::string_view name) const;
    std::string_view get(std::string_view name) const; // empty when it was not given
};

// What the asker lends to a look-up. wildlsearch expands the keys in its file; null: it cannot.
struct Hooks {
    std::function<Result<std::string>(std::string_view)> expand;
    // Gets the name of the last entry that a directory found ($ldap_dn); null: nobody wants it.
    std::string* entry_name = nullptr;
};

struct Question {
    std::string_view key; // or the query
    const Options& options;
    const Lookups& lookups; // for look-ups named inside a file's keys
    const Hooks& hooks;
    std::string_view taint; // of the key or query: what brought a stranger's words in; empty: nothing
};

struct Answer {
    bool found = false;
    std::string data;
    bool secure = false; // DNSSEC vouches for it
    bool asked_dns = false;
    std::string entry_name; // of the last LDAP entry (its DN); empty: no entry, or no directory was asked

    static Answer none() { return {}; }
    static Answer with(std::string data) { return {.found = true, .data = std::move(data)}; }
};

// Something that is open and can be asked. find() may suspend the fiber.
class Source {
public:
    virtual ~Source() = default;
    virtual Result<Answer> find(const Question& question) = 0;
    // True when what was opened is no longer what the name stands for; it is then opened anew.
    virtual bool is_stale() const { return false; }
};

// The main options that look-ups obey (manual chapter 14), under Exim's names.
struct Settings {
    std::string sqlite_dbfile;
    std::int64_t sqlite_lock_timeout = 5; // seconds
    std::string mysql_servers, pgsql_servers, redis_servers, oracle_servers, ibase_servers, ldap_default_servers;
    std::int64_t dns_retrans = 0; // seconds; 0: the resolver's
    std::int64_t dns_retry = 0;
    std::int64_t lookup_open_max = 25;              // files kept open
    std::int64_t lookup_file_size_max = 256 << 20;  // ours: larger text files are refused
    std::int64_t lookup_answer_size_max = 16 << 20; // ours
    std::int64_t lookup_timeout = 60;               // ours: seconds for one query over a network
};

// What drivers stand on. Lives as long as the process.
struct Environment {
    dns::Resolver* resolver = nullptr;
    Settings settings;
};

struct Driver {
    std::string_view name;
    Style style = Style::file;
    // `file` is absolute and not tainted; empty for queries without one.
    Result<std::unique_ptr<Source>> (*open)(const Environment& environment, const std::string& file) = nullptr;
    // ${quote_NAME:…}; `variant` is what follows the name, as "dn" in quote_ldap_dn. Null: nothing is quoted.
    Result<std::string> (*quote)(std::string_view words, std::string_view variant) = nullptr;
    std::string_view doc;
};

using RegisterLookup = Registry<Driver>::Entry;

}
