#include "common/tls/keyd/ticket_mill.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace gp::keyd {
namespace {

constexpr std::size_t secret_size = 32, name_size = 16, key_size = 64;

std::string octets_of(std::string_view secret, const std::string& label, std::size_t count)
{
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(EVP_sha512(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(label.data()),
         label.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(std::min<std::size_t>(size, count));
    return out;
}

}

Result<TicketMill> TicketMill::make(std::chrono::seconds period)
{
    std::string secret(secret_size, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())) != 1)
        return temporary("no random octets are to be had for session tickets");
    return TicketMill{std::move(secret), std::max(period, std::chrono::seconds{1})};
}

std::string TicketMill::key_of(const std::string& pool, std::uint64_t period) const
{
    const auto whose = std::to_string(period) + " " + pool;
    auto key = octets_of(secret_, "key " + whose, key_size);
    std::string out;
    out.reserve(name_size + key_size);
    out += octets_of(secret_, "name " + whose, name_size);
    out += key;
    OPENSSL_cleanse(key.data(), key.size());
    return out;
}

TicketKeysReply TicketMill::keys(const std::string& pool, Time now) const
{
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(period_);
    const auto period = static_cast<std::uint64_t>(since / length);
    TicketKeysReply reply;
    reply.now = key_of(pool, period);
    reply.before = key_of(pool, period - 1);
    reply.good_for_ms = static_cast<std::uint32_t>((length - since % length).count());
    return reply;
}

}
