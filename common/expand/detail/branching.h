// Items with {yes}{no} behind what they find: lookup, extract, env, listextract, run, if.
#pragma once

#include <utility>

#include "common/expand/scene.h"
#include "common/expand/tree.h"

namespace gp::expand {

// Puts something else in place while it lives, then what was there before.
template <class T>
class Saved {
public:
    explicit Saved(T& where) : where_(where), before_(where) {}
    ~Saved() { where_ = std::move(before_); }
    Saved(const Saved&) = delete;
    Saved& operator=(const Saved&) = delete;

private:
    T& where_;
    T before_;
};

// $value is what was found while the yes text is expanded, and what it was before for the no text.
Status take_branch(Scene& scene, const Branches& branches, bool success, Text found, Text& out);

// The items of a text that is a list, without and with the mark of where it came from.
struct ListItems {
    std::vector<std::string> items;
    char separator = ':';
};
Result<ListItems> list_items(const Scene& scene, const Text& list);

// Items joined so that the result is a list again: separators doubled, empty items kept.
class ListBuilder {
public:
    // A space keeps an item that is empty or begins with the separator apart from the separator in front of it; ${sort has
    // one for empty items alone, as in Exim.
    enum class Space { where_needed, of_empty_items };
    ListBuilder(Text& out, char separator, Space space = Space::where_needed) : out_(out), separator_(separator), space_(space) {}
    void add(const Text& item);

private:
    Text& out_;
    char separator_;
    Space space_;
    bool is_first_ = true;
};

}
