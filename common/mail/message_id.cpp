#include "common/mail/message_id.h"

#include <unistd.h>

#include <algorithm>

#include "common/base/encoding.h"
#include "common/base/random.h"
#include "common/base/text.h"

namespace gp::mail {
namespace {

// Of the 62^6 values of the middle part one million are the microsecond, so that ids sort in the order in which they
// were made, whichever process made them; the rest, and the last part, are the number of the process (22 bits on Linux).
constexpr std::int64_t microseconds = 1'000'000;
constexpr std::uint64_t low_numbers = 56800;
constexpr std::uint64_t generations = 51; // (2^22 / 56800) * 51 < 62^2

}

MessageIdGenerator::MessageIdGenerator(const Clock& clock)
    : clock_(clock), process_(static_cast<std::uint64_t>(::getpid())), generation_(random_number() % generations)
{
}

// `used_` is the last microsecond of `second_` that has an id.
std::string MessageIdGenerator::next()
{
    const auto since_epoch = clock_.now().time_since_epoch().count();
    auto second = since_epoch / microseconds;
    auto fraction = static_cast<unsigned>(since_epoch % microseconds);
    if (second < second_) // the clock went back
        generation_ = (generation_ + 1) % generations;
    else if (second == second_ && fraction <= used_)
        fraction = used_ + 1;
    if (fraction == microseconds) {
        ++second;
        fraction = 0;
    }
    second_ = second;
    used_ = fraction;
    const auto middle = fraction * low_numbers + process_ % low_numbers;
    const auto end = process_ / low_numbers * generations + generation_;
    return base62_encode(static_cast<std::uint64_t>(second_), 6) + "-" + base62_encode(middle, 6) + "-" + base62_encode(end, 2);
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
