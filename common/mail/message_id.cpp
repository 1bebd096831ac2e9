#include "common/mail/message_id.h"

#include <unistd.h>

#include <algorithm>

#include "common/base/encoding.h"
#include "common/base/random.h"
#include "common/base/text.h"

namespace gp::mail {
namespace {

constexpr std::uint64_t pid_space = 1u << 22;                // PID_MAX_LIMIT of Linux
constexpr std::uint64_t generations = 56800235584 / pid_space; // 62^6 process parts
constexpr unsigned fractions = 62 * 62;

}

MessageIdGenerator::MessageIdGenerator(const Clock& clock)
    : clock_(clock), process_(static_cast<std::uint64_t>(::getpid()) % pid_space),
      generation_(random_number() % generations)
{
}

std::string MessageIdGenerator::next()
{
    const auto now = clock_.seconds();
    // A clock that goes back, and a second whose fractions are used up, take another process part.
    if (now < second_ || (now == second_ && used_ == fractions))
        generation_ = (generation_ + 1) % generations;
    if (now != second_ || used_ == fractions)
        used_ = 0;
    second_ = now;
    return base62_encode(static_cast<std::uint64_t>(second_), 6) + "-" +
           base62_encode(generation_ * pid_space + process_, 6) + "-" + base62_encode(used_++, 2);
}

bool is_message_id(std::string_view text)
{
    std::size_t first_dash = 6;
    std::size_t second_dash = text.size() == 16 ? 13 : 18;
    if (text.size() != 16 && text.size() != 23)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == first_dash || i == second_dash;
        if (dash ? text[i] != '-' : !is_alnum(text[i]))
            return false;
    }
    return true;
}

Result<std::int64_t> message_id_time(std::string_view id)
{
    if (!is_message_id(id))
        return permanent("not a message id: " + escape(id.substr(0, 32)));
    return static_cast<std::int64_t>(TRY(base62_decode(id.substr(0, 6))));
}

}
