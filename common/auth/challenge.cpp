#include "common/auth/challenge.h"

#include "common/base/random.h"

namespace gp::auth {
namespace {

bool is_example = false;

}

std::string fresh_challenge(std::int64_t seconds, std::string_view host)
{
    if (is_example)
        return "<1896.697170952@postoffice.reston.mci.net>";
    return "<" + std::to_string(random_number()) + "." + std::to_string(seconds) + "@" + std::string(host) + ">";
}

void let_challenges_be_the_example(bool example)
{
    is_example = example;
}

}
