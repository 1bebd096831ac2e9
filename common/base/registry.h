// The drivers of one kind that this program was linked with.
//
// A driver file makes one Entry at namespace scope; the entries chain themselves
// before main() runs. The chain's head is constant-initialised, so the order in
// which files are initialised does not matter. Nothing but main() reads the chain:
// it takes one sorted snapshot and passes that down, so that a test can hand an
// engine a registry of its own making.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp {

// Driver is a struct with a member `std::string_view name`.
template <class Driver>
class Registry {
public:
    class Entry {
    public:
        explicit Entry(Driver made, const char* file = __builtin_FILE()) : driver(made), where(file), next(first_)
        {
            first_ = this;
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        const Driver driver;
        const char* const where; // told when two drivers have one name
        const Entry* const next;
    };

    Registry() = default;
    explicit Registry(std::vector<Driver> drivers) : drivers_(std::move(drivers))
    {
        std::ranges::sort(drivers_, {}, &Driver::name);
        auto twice = std::ranges::adjacent_find(drivers_, {}, &Driver::name);
        if (twice != drivers_.end())
            panic("two drivers are named " + std::string(twice->name));
    }

    static Registry linked()
    {
        std::vector<Driver> found;
        for (const Entry* entry = first_; entry; entry = entry->next)
            found.push_back(entry->driver);
        return Registry(std::move(found));
    }

    const Driver* find(std::string_view name) const
    {
        auto at = std::ranges::lower_bound(drivers_, name, {}, &Driver::name);
        return at != drivers_.end() && at->name == name ? &*at : nullptr;
    }

    std::span<const Driver> all() const { return drivers_; }

private:
    static inline constinit const Entry* first_ = nullptr;
    std::vector<Driver> drivers_; // ordered by name, no name twice
};

}
