#include "common/auth/detail/scram.h"

#include <openssl/evp.h>

#include "common/base/encoding.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/event/loop.h"

namespace gp::auth::scram {
namespace {

const EVP_MD* evp(expand::Digest kind)
{
    return kind == expand::Digest::sha256 ? EVP_sha256() : EVP_sha1();
}

std::string exclusive_or(std::string_view a, std::string_view b)
{
    std::string out(a);
    for (std::size_t i = 0; i < out.size() && i < b.size(); ++i)
        out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

}

std::size_t size_of(expand::Digest kind)
{
    return static_cast<std::size_t>(EVP_MD_get_size(evp(kind)));
}

Result<std::string> salted_password(expand::Digest kind, const std::string& password, const std::string& salt,
                                    std::uint32_t iterations)
{
    if (iterations == 0 || iterations > most_iterations)
        return permanent("an iteration count of " + std::to_string(iterations) + " is out of range");
    std::string out(static_cast<std::size_t>(EVP_MD_get_size(evp(kind))), '\0');
    bool done = false;
    auto work = [&] {
        done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                 reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                                 static_cast<int>(iterations), evp(kind), static_cast<int>(out.size()),
                                 reinterpret_cast<unsigned char*>(out.data())) == 1;
    };
    if (event::in_fiber())
        event::offload(work);
    else
        work();
    if (!done)
        return temporary("the salted password cannot be computed");
    return out;
}

Result<Keys> keys_of(expand::Digest kind, std::string_view salted)
{
    const auto client = TRY(expand::keyed_digest(kind, salted, "Client Key"));
    auto stored = TRY(expand::digest_of(kind, client));
    auto server = TRY(expand::keyed_digest(kind, salted, "Server Key"));
    return Keys{std::move(stored), std::move(server)};
}

Result<std::string> client_proof(expand::Digest kind, std::string_view salted, std::string_view message)
{
    const auto client = TRY(expand::keyed_digest(kind, salted, "Client Key"));
    const auto stored = TRY(expand::digest_of(kind, client));
    return exclusive_or(client, TRY(expand::keyed_digest(kind, stored, message)));
}

Result<bool> is_proof(expand::Digest kind, std::string_view stored, std::string_view message, std::string_view proof)
{
    const auto signature = TRY(expand::keyed_digest(kind, stored, message));
    if (proof.size() != signature.size())
        return false;
    return expand::same_secret(TRY(expand::digest_of(kind, exclusive_or(proof, signature))), stored);
}

std::map<char, std::string> attributes_of(std::string_view text)
{
    std::map<char, std::string> out;
    for (auto part : split(text, ','))
        if (part.size() >= 2 && part[1] == '=')
            out.emplace(part[0], part.substr(2));
    return out;
}

std::string quote_name(std::string_view name)
{
    return replace_all(replace_all(std::string(name), "=", "=3D"), ",", "=2C");
}

Result<std::string> unquote_name(std::string_view name)
{
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '=') {
            out += name[i];
            continue;
        }
        const auto code = name.substr(i + 1, 2);
        if (code != "2C" && code != "3D")
            return permanent("a user name with a stray \"=\"");
        out += code == "2C" ? ',' : '=';
        i += 2;
    }
    return out;
}

std::string fresh_nonce()
{
    std::array<char, 18> octets{};
    random_bytes(octets);
    return base64_encode({octets.data(), octets.size()}); // base64 has no comma
}

}
