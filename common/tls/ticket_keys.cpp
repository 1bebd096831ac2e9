#include "common/tls/ticket_keys.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace gp::tls {

Status TicketKeys::set(std::vector<TicketKey> keys)
{
    wipe();
    for (const auto& key : keys)
        if (key.name.size() != TicketKey::name_size || key.secret.size() != TicketKey::secret_size)
            return permanent("a key of session tickets has the wrong size");
    keys_ = std::move(keys);
    return {};
}

const TicketKey* TicketKeys::find(std::string_view name) const
{
    const auto at = std::ranges::find(keys_, name, &TicketKey::name);
    return at == keys_.end() ? nullptr : &*at;
}

void TicketKeys::wipe()
{
    for (auto& key : keys_)
        OPENSSL_cleanse(key.secret.data(), key.secret.size());
    keys_.clear();
}

}
