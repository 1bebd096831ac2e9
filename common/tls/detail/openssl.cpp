#include "common/tls/detail/openssl.h"

#include <openssl/err.h>
#include <openssl/provider.h>

#include <cstring>

namespace gp::tls {

Bio read_only(std::string_view text)
{
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void initialise()
{
    static const bool done = [] {
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
        OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
        if (!OSSL_PROVIDER_load(nullptr, "default"))
            panic("OpenSSL has its default provider");
        if (auto loaded = load_remote_key_provider(); !loaded)
            panic(loaded.error().text);
        return true;
    }();
    (void)done;
}

std::string take_errors()
{
    std::string text;
    // The newest entry is the reason; the older ones say how deep it happened.
    while (const unsigned long code = ERR_get_error()) {
        const char* reason = ERR_SYSTEM_ERROR(code) ? std::strerror(static_cast<int>(ERR_GET_REASON(code)))
                                                    : ERR_reason_error_string(code);
        if (text.empty() || reason)
            text = reason ? reason : "error " + std::to_string(code);
    }
    return text;
}

Error openssl_error(std::string_view doing)
{
    const auto reason = take_errors();
    return temporary(std::string(doing) + (reason.empty() ? "" : ": " + reason));
}

}
