// What router tells qmgr of a delivery beside its transport's options, as options that no transport has; qmgr takes them out.
#pragma once

#include <string_view>

namespace gp::router {

inline constexpr std::string_view sort_rank_mark = "remote_sort_domains"; // the domain's place in that list
inline constexpr std::string_view noerror_mark = "noerror";               // a filter's: nobody hears of a failure

}
