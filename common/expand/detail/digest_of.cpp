#include "common/expand/detail/digest_of.h"

#include <openssl/evp.h>

#include "common/base/encoding.h"

namespace gp::expand {

Result<std::string> hex_digest(const EVP_MD* kind, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    if (!kind || EVP_Digest(text.data(), text.size(), octets.data(), &size, kind, nullptr) != 1)
        return temporary("the digest cannot be computed: OpenSSL does not offer it");
    return hex_encode({reinterpret_cast<const char*>(octets.data()), size});
}

}
