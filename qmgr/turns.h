// A queue in which owners take turns: who has one thing waiting is served after one thing of each other owner,
// however many those have. Within an owner the order is that of arrival. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gp::qmgr {

// Of whom something is: a number made of the sender's address; 0: of nobody in particular. A sender's mailings and its other
// mail count as those of two.
using Owner = std::uint64_t;

inline Owner owner_of(std::string_view sender, bool is_bulk)
{
    const Owner owner = std::hash<std::string_view>{}(sender);
    return is_bulk ? ~owner : owner;
}

template <class T>
class Turns {
public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    std::size_t of(Owner owner) const
    {
        const auto at = by_owner_.find(owner);
        return at == by_owner_.end() ? 0 : at->second->things.size();
    }

    void add(Owner owner, T thing)
    {
        line_of(owner, ring_.end()).things.push_back(std::move(thing));
        ++size_;
    }
    // It comes next.
    void put_back(Owner owner, T thing)
    {
        auto& line = line_of(owner, ring_.begin());
        line.things.push_front(std::move(thing));
        ring_.splice(ring_.begin(), ring_, by_owner_[owner]);
        ++size_;
    }
    // The next one; there must be one.
    T next()
    {
        const auto line = ring_.begin();
        T thing = std::move(line->things.front());
        line->things.pop_front();
        --size_;
        if (line->things.empty())
            forget(line);
        else
            ring_.splice(ring_.end(), ring_, line);
        return thing;
    }
    void erase(const T& thing)
    {
        for (auto line = ring_.begin(); line != ring_.end();) {
            size_ -= std::erase(line->things, thing);
            const auto here = line++;
            if (here->things.empty())
                forget(here);
        }
    }
    template <class F>
    bool any_of(const F& wanted) const
    {
        return std::ranges::any_of(ring_, [&](const Line& line) { return std::ranges::any_of(line.things, wanted); });
    }

private:
    struct Line {
        Owner owner = 0;
        std::deque<T> things;
    };
    using Ring = std::list<Line>;

    Line& line_of(Owner owner, typename Ring::iterator where_if_new)
    {
        const auto [at, is_new] = by_owner_.try_emplace(owner);
        if (is_new)
            at->second = ring_.insert(where_if_new, Line{owner, {}});
        return *at->second;
    }
    void forget(typename Ring::iterator line)
    {
        by_owner_.erase(line->owner);
        ring_.erase(line);
    }

    Ring ring_; // no line is empty
    std::unordered_map<Owner, typename Ring::iterator> by_owner_;
    std::size_t size_ = 0;
};

}
