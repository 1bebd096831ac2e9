// Values that somebody found out and that a variable then shows: what a scanner said ($spam_score), which
// DNS list matched ($dnslist_domain), options of a connection that the asker told us. By variable name,
// without the dollar.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/tainted.h"

namespace gp::expand {

class Facts {
public:
    void set(std::string_view name, Text value) { values_.insert_or_assign(std::string(name), std::move(value)); }
    void erase(std::string_view name)
    {
        if (auto at = values_.find(name); at != values_.end())
            values_.erase(at);
    }
    void clear() { values_.clear(); }
    const Text* find(std::string_view name) const
    {
        if (values_.empty())
            return nullptr;
        auto at = values_.find(name);
        return at == values_.end() ? nullptr : &at->second;
    }
    const std::map<std::string, Text, std::less<>>& all() const { return values_; }

private:
    std::map<std::string, Text, std::less<>> values_;
};

}
