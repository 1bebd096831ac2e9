#include "cleanup/spoold/ticket.h"

#include <fcntl.h>

#include "cleanup/spoold/blake2s.h"
#include "common/base/encoding.h"
#include "common/base/random.h"

namespace gp::spoold {
namespace {

constexpr const char* key_name = "key";
constexpr const char* new_key_name = "key.new";
constexpr std::size_t key_octets = 32;
constexpr std::size_t ticket_octets = 16; // 128 bits of the digest

Result<std::string> draw_key(const spool::Io& io, int directory)
{
    std::string key(key_octets, '\0');
    random_bytes(key);
    const auto file = TRY(io.open(directory, new_key_name, O_WRONLY | O_CREAT | O_TRUNC));
    TRY(io.write(file.get(), 0, key));
    TRY(io.sync_all(file.get()));
    TRY(io.rename(directory, new_key_name, key_name));
    TRY(io.sync_directory(directory));
    return key;
}

}

Result<Tickets> Tickets::open(const spool::Io& io, int directory)
{
    auto file = io.open(directory, key_name, O_RDONLY);
    if (!file && file.error().cause != Cause::not_found)
        return std::move(file).error();
    if (file) {
        std::string key(key_octets, '\0');
        if (TRY(io.read(file->get(), 0, key)) == key_octets)
            return Tickets{std::move(key)};
    }
    return Tickets{TRY(draw_key(io, directory))};
}

std::string Tickets::issue(std::string_view id) const
{
    const auto digest = blake2s(key_, id);
    return hex_encode({reinterpret_cast<const char*>(digest.data()), ticket_octets});
}

bool Tickets::is_good(std::string_view id, std::string_view ticket) const
{
    const auto right = issue(id);
    if (ticket.size() != right.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < right.size(); ++i)
        difference |= static_cast<unsigned>(right[i] ^ ticket[i]);
    return difference == 0;
}

}
