// Items of one list that stand literally: what can be used at all, and what is ever looked at.
#pragma once

#include <string_view>

#include "common/config/problem.h"
#include "common/config/section.h"
#include "common/lookup/lookups.h"
#include "common/match/list.h"

namespace gp::conf {

class ListItems {
public:
    explicit ListItems(config::Problems& problems);
    // `line` is shown with what is wrong.
    void look_at(config::ListKind kind, std::string_view text, const config::Origin& origin, std::string_view line);

private:
    void compile(config::ListKind kind, std::string_view text, const config::Origin& origin, std::string_view line);

    config::Problems& problems_;
    lookup::Lookups lookups_;
    match::Lists lists_;
};

}
