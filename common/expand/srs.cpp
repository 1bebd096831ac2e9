#include "common/expand/srs.h"

#include <vector>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/digest.h"
#include "common/mail/address.h"

namespace gp::expand {
namespace {

constexpr std::size_t hash_digits = 4;
constexpr std::int64_t days_kept = 1024, days_valid = 10;
constexpr std::string_view day_digits = "abcdefghijklmnopqrstuvwxyz234567";

std::int64_t day_of(std::int64_t now)
{
    return now / 86400 % days_kept;
}

std::string day_text(std::int64_t day)
{
    return {day_digits[static_cast<std::size_t>(day / 32)], day_digits[static_cast<std::size_t>(day % 32)]};
}

Result<std::string> hash_of(std::string_view secret, std::string_view address)
{
    return hex_encode(TRY(keyed_digest(Digest::md5, secret, lower(address)))).substr(0, hash_digits);
}

std::string_view unquoted(std::string_view local_part)
{
    if (local_part.size() > 1 && local_part.starts_with('"') && local_part.ends_with('"'))
        return local_part.substr(1, local_part.size() - 2);
    return local_part;
}

// A day of the last ten, counted modulo 1024.
bool is_recent(std::string_view text, std::int64_t now)
{
    const auto high = day_digits.find(to_lower(text[0])), low = day_digits.find(to_lower(text[1]));
    if (high == std::string_view::npos || low == std::string_view::npos)
        return false;
    const auto day = static_cast<std::int64_t>(high * 32 + low);
    return (day_of(now) - day + days_kept) % days_kept <= days_valid;
}

}

Result<std::string> srs_encode(std::string_view secret, std::string_view return_path, std::string_view domain,
                               std::int64_t now)
{
    if (return_path.empty())
        return std::string();
    const auto local_part = mail::local_part_of(return_path);
    const auto is_quoted = unquoted(local_part) != local_part;
    const auto words = "SRS0=" + TRY(hash_of(secret, return_path)) + '=' + day_text(day_of(now)) + '=' +
                       std::string(mail::domain_of(return_path)) + '=' + std::string(unquoted(local_part));
    return (is_quoted ? '"' + words + '"' : words) + '@' + std::string(domain);
}

Result<std::optional<std::string>> srs_decode(std::string_view local_part, std::string_view secret, std::int64_t now)
{
    const std::optional<std::string> none;
    const bool is_quoted = unquoted(local_part) != local_part;
    auto rest = unquoted(local_part);
    if (!starts_nocase(rest, "SRS0="))
        return none;
    rest.remove_prefix(5);
    std::vector<std::string_view> parts;
    for (int i = 0; i < 3; ++i) {
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos)
            return none;
        parts.push_back(rest.substr(0, equals));
        rest.remove_prefix(equals + 1);
    }
    if (parts[0].size() != hash_digits || parts[1].size() != 2 || rest.empty())
        return none;
    // $local_part has lost the quotes that the sender had, if it had any.
    const auto local = is_quoted ? '"' + std::string(rest) + '"' : mail::quote_local_part(rest);
    const auto address = local + '@' + std::string(parts[2]);
    if (secret.empty())
        return std::optional(address);
    if (!is_recent(parts[1], now) || !same_secret(lower(parts[0]), TRY(hash_of(secret, address))))
        return none;
    return std::optional(address);
}

}
