// The desk where everything is looked up: finds the driver, keeps files open (a bounded number, the least
// recently used goes), asks for keys with partial matching and defaults. One for each process; used on
// fibers of one thread. "Not found" and "cannot tell" are never mixed: the second is an Error.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/result.h"
#include "common/base/tainted.h"
#include "common/base/text.h"
#include "common/lookup/lookup.h"
#include "common/lookup/search_type.h"

namespace gp::lookup {

struct Found {
    bool found = false;
    Text value; // clean: a look-up vouches for what it finds
    // Partial matching and the default "*": what $1 and $2 are while the result is used.
    bool is_partial = false;
    std::string wild, fixed;
    bool secure = false, asked_dns = false;
};

class Lookups {
public:
    Lookups(Registry<Driver> drivers, Environment environment);
    ~Lookups();
    Lookups(const Lookups&) = delete;
    Lookups& operator=(const Lookups&) = delete;

    const Registry<Driver>& drivers() const { return drivers_; }
    const Environment& environment() const { return environment_; }
    Result<SearchType> parse_type(std::string_view words) const { return parse_search_type(words, drivers_); }

    // A key in a file or directory. `file` must be clean and absolute. An empty key is never found.
    Result<Found> find(const SearchType& type, const Text& file, const Text& key, const Hooks& hooks) const;
    // A query. Tainted parts that were not quoted for this driver are logged, as Exim does.
    Result<Found> query(const SearchType& type, const Text& query, const Hooks& hooks) const;
    // ${quote_NAME:…}, where `name` may carry a variant: "ldap_dn".
    Result<std::string> quote(std::string_view name, std::string_view words) const;

    // Closes all files: after a reload, or when descriptors are short.
    void close_all() const;

private:
    struct Opened {
        std::string name;
        std::shared_ptr<Source> source;
    };
    Result<std::shared_ptr<Source>> open(const Driver& driver, const std::string& file) const;
    Result<Found> ask(Source& source, const SearchType& type, std::string_view key, const Hooks& hooks,
                      std::string_view taint = {}) const;
    Result<Found> ask_with_partial(Source& source, const SearchType& type, std::string_view key,
                                   const Hooks& hooks) const;
    Result<Found> ask_with_fallback(Source& source, const SearchType& type, std::string_view key,
                                    const Hooks& hooks) const;

    Registry<Driver> drivers_;
    Environment environment_;
    // Front is the most recently used.
    mutable std::list<Opened> opened_;
    mutable std::unordered_map<std::string, std::list<Opened>::iterator, TextHash, std::equal_to<>> by_name_;
};

}
