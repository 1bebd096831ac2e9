// crypteq {text}{encrypted}: {md5}, {sha1}, {crypt}, {crypt16} or, without a kind, crypt(3).

#include <crypt.h>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/condition.h"
#include "common/expand/digest.h"

namespace gp::expand {
namespace {

Result<bool> same_digest(Digest kind, std::string_view text, std::string_view wanted)
{
    const auto octets = TRY(digest_of(kind, text));
    const std::size_t base64_size = kind == Digest::md5 ? 24 : 28;
    if (wanted.size() == base64_size)
        return same_secret(base64_encode(octets), wanted);
    if (wanted.size() == octets.size() * 2)
        return same_secret(hex_encode(octets), lower(wanted));
    return false;
}

// crypt(3) knows the methods that the system knows: DES, $1$, $5$, $6$, $y$ …
bool same_crypt(const std::string& text, const std::string& wanted)
{
    if (wanted.empty())
        return false;
    auto room = std::make_unique<crypt_data>(); // 32 KiB: not for a fiber's stack
    const char* made = ::crypt_r(text.c_str(), wanted.c_str(), room.get());
    return made && made[0] != '*' && same_secret(made, wanted);
}

// Two halves of eight characters each, with one salt (manual 11.7).
bool same_crypt16(const std::string& text, const std::string& wanted)
{
    if (wanted.size() < 2)
        return false;
    const auto salt = wanted.substr(0, 2);
    auto room = std::make_unique<crypt_data>();
    const char* first = ::crypt_r(text.substr(0, 8).c_str(), salt.c_str(), room.get());
    if (!first || first[0] == '*')
        return false;
    std::string made = first;
    if (text.size() > 8) {
        const char* second = ::crypt_r(text.substr(8, 8).c_str(), salt.c_str(), room.get());
        if (!second || second[0] == '*')
            return false;
        made += second + 2;
    }
    return same_secret(made, wanted);
}

Result<bool> crypteq(const ConditionCall& call)
{
    const auto& text = call.arguments[0].text;
    const std::string_view wanted = call.arguments[1].text;
    if (!wanted.starts_with('{'))
        return same_crypt(text, std::string(wanted));
    const auto end = wanted.find('}');
    const auto kind = wanted.substr(1, end == std::string_view::npos ? end : end - 1);
    const auto rest = end == std::string_view::npos ? std::string_view{} : wanted.substr(end + 1);
    if (same_nocase(kind, "md5"))
        return same_digest(Digest::md5, text, rest);
    if (same_nocase(kind, "sha1"))
        return same_digest(Digest::sha1, text, rest);
    if (same_nocase(kind, "crypt"))
        return same_crypt(text, std::string(rest));
    if (same_nocase(kind, "crypt16"))
        return same_crypt16(text, std::string(rest));
    return misconfigured("unknown encryption mechanism in \"" + std::string(wanted) + "\"");
}

const RegisterCondition self{{
    .name = "crypteq",
    .strings = 2,
    .test = crypteq,
    .doc = "A text that fits an encrypted one.",
}};

}
}
