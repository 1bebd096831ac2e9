// The words that name a look-up: "partial2(*.)lsearch*@,ret=full" (manual 9.6, 9.7). Parsed once, by
// expansions and lists alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {

enum class Fallback {
    none,
    star,    // lsearch*: then the key "*"
    star_at, // lsearch*@: then "*@domain", then "*"
};

struct SearchType {
    const Driver* driver = nullptr;
    std::optional<unsigned> partial; // fewest components that are not wild
    std::string affix = "*.";
    Fallback fallback = Fallback::none;
    Options options;

    bool is_query() const { return driver->style == Style::query; }
};

// Errors say what Exim says: unknown lookup type "xxx".
Result<SearchType> parse_search_type(std::string_view words, const Registry<Driver>& drivers);

// The keys of partial matching after the key itself, one by one, until next() gives nullopt.
class PartialKeys {
public:
    PartialKeys(const SearchType& type, std::string_view key);
    struct Key {
        std::string key;
        std::string_view wild, fixed; // what $1 and $2 become when it is found
    };
    std::optional<Key> next();

private:
    const SearchType& type_;
    std::string_view whole_, rest_;
    unsigned components_ = 0;
    enum class Step { whole, components, last, done } step_ = Step::whole;
};

}
