#include "master/farewell.h"

#include <utility>

namespace gp::master {
namespace {

// clang-format off
constexpr std::pair<std::string_view, unsigned> ranks[] = {
    {"smtpd", 0}, {"submit", 0},                        // no new mail
    {"qmgr", 1},                                        // no new attempts
    {"bounce", 2}, {"remote", 3}, {"launcher", 3},      // attempts under way end and are told to spoold
    {"cleanup", 4}, {"scan", 5},                        // bounces come in here too
    {"router", 6}, {"router-exec", 7}, {"tally", 7}, {"authd", 7}, {"keyd", 7},
    {"spoold", 8},
    {"log", 9},
};
// clang-format on

}

unsigned farewell_rank(std::string_view program)
{
    for (const auto& [name, rank] : ranks)
        if (name == program)
            return rank;
    return 5;
}

}
