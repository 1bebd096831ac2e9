#include "router/tally_counts.h"

#include <openssl/sha.h>

#include "common/base/encoding.h"
#include "router/tally/protocol.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds patience{10};

std::uint64_t in_millionths(double number)
{
    return static_cast<std::uint64_t>(std::min(std::max(number, 0.0), 1e12) * tally::millionths);
}

}

std::string fitting_key(const std::string& key)
{
    if (key.size() <= tally::longest_key / 2)
        return key;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    ::SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    return "sha256:" + hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Result<acl::RateAnswer> TallyCounts::rate(const acl::RateQuestion& question)
{
    tally::Rate asked;
    asked.key = fitting_key(question.key);
    asked.unique = question.unique.empty() ? "" : fitting_key(question.unique);
    asked.period = static_cast<std::uint64_t>(question.period.count());
    asked.limit = in_millionths(question.limit);
    asked.count = in_millionths(question.count);
    asked.strict = question.strict;
    asked.readonly = question.readonly;
    const auto answer = TRY(tally_.call(asked, event::Deadline::in(patience)));
    return acl::RateAnswer{static_cast<double>(answer.rate) / tally::millionths};
}

Result<bool> TallyCounts::seen(const acl::SeenQuestion& question)
{
    tally::Seen asked;
    asked.key = fitting_key(question.key);
    asked.interval = question.interval;
    asked.refresh = question.refresh;
    asked.before = question.before;
    asked.readonly = question.readonly;
    asked.write = question.write;
    return TRY(tally_.call(asked, event::Deadline::in(patience))).found;
}

}
