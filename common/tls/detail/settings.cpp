#include "common/tls/detail/settings.h"

#include <openssl/ssl.h>

#include <array>

#include "common/base/text.h"
#include "common/tls/context.h"
#include "common/tls/detail/openssl.h"

namespace gp::tls {
namespace {

struct OptionWord {
    std::string_view name;
    std::uint64_t bits;
};

// Names that the library has not known for long mean no bit, as in Exim.
constexpr std::array words = {
    OptionWord{"all", SSL_OP_ALL},
    OptionWord{"allow_no_dhe_kex", SSL_OP_ALLOW_NO_DHE_KEX},
    OptionWord{"allow_unsafe_legacy_renegotiation", SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION},
    OptionWord{"cipher_server_preference", SSL_OP_CIPHER_SERVER_PREFERENCE},
    OptionWord{"cisco_anyconnect", SSL_OP_CISCO_ANYCONNECT},
    OptionWord{"cookie_exchange", SSL_OP_COOKIE_EXCHANGE},
    OptionWord{"cryptopro_tlsext_bug", SSL_OP_CRYPTOPRO_TLSEXT_BUG},
    OptionWord{"dont_insert_empty_fragments", SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS},
    OptionWord{"enable_middlebox_compat", SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
    OptionWord{"ephemeral_rsa", 0},
    OptionWord{"legacy_server_connect", SSL_OP_LEGACY_SERVER_CONNECT},
    OptionWord{"microsoft_big_sslv3_buffer", 0},
    OptionWord{"microsoft_sess_id_bug", 0},
    OptionWord{"msie_sslv2_rsa_padding", 0},
    OptionWord{"netscape_challenge_bug", 0},
    OptionWord{"netscape_reuse_cipher_change_bug", 0},
    OptionWord{"no_anti_replay", SSL_OP_NO_ANTI_REPLAY},
    OptionWord{"no_compression", SSL_OP_NO_COMPRESSION},
    OptionWord{"no_encrypt_then_mac", SSL_OP_NO_ENCRYPT_THEN_MAC},
    OptionWord{"no_renegotiation", SSL_OP_NO_RENEGOTIATION},
    OptionWord{"no_session_resumption_on_renegotiation", SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION},
    OptionWord{"no_sslv2", 0},
    OptionWord{"no_sslv3", SSL_OP_NO_SSLv3},
    OptionWord{"no_ticket", SSL_OP_NO_TICKET},
    OptionWord{"no_tlsv1", SSL_OP_NO_TLSv1},
    OptionWord{"no_tlsv1_1", SSL_OP_NO_TLSv1_1},
    OptionWord{"no_tlsv1_2", SSL_OP_NO_TLSv1_2},
    OptionWord{"no_tlsv1_3", SSL_OP_NO_TLSv1_3},
    OptionWord{"prioritize_chacha", SSL_OP_PRIORITIZE_CHACHA},
    OptionWord{"safari_ecdhe_ecdsa_bug", SSL_OP_SAFARI_ECDHE_ECDSA_BUG},
    OptionWord{"single_dh_use", 0},
    OptionWord{"single_ecdh_use", 0},
    OptionWord{"ssleay_080_client_dh_bug", 0},
    OptionWord{"sslref2_reuse_cert_type_bug", 0},
    OptionWord{"tls_block_padding_bug", 0},
    OptionWord{"tls_d5_bug", 0},
    OptionWord{"tls_rollback_bug", SSL_OP_TLS_ROLLBACK_BUG},
    OptionWord{"tlsext_padding", SSL_OP_TLSEXT_PADDING},
};

// What keeps a session safe whatever an old configuration says.
constexpr std::uint64_t always = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_SSLv3;

Error bad_option(std::string_view item, std::string_view why)
{
    return misconfigured("openssl_options: \"" + escape(item) + "\" " + std::string(why));
}

Result<std::uint64_t> bits_of(std::string_view item)
{
    const auto name = item.substr(1);
    const auto* const word =
        std::ranges::find_if(words, [&](const OptionWord& known) { return same_nocase(known.name, name); });
    if (word != words.end())
        return word->bits;
    std::vector<std::string_view> names;
    for (const auto& known : words)
        names.push_back(known.name);
    const auto near = nearest(name, names);
    return bad_option(item, near.empty() ? "is unknown"
                                         : "is unknown; did you mean \"" + std::string(near) + "\"?");
}

std::shared_ptr<SSL_CTX> trial()
{
    initialise();
    take_errors();
    return {SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
}

}

Status use_options(SSL_CTX* context, std::string_view options)
{
    while (!(options = trim_left(options)).empty()) {
        const auto end = std::min(options.find_first_of(" \t\n", 1), options.size());
        const auto item = options.substr(0, end);
        options.remove_prefix(end);
        if (item.size() < 2 || (item[0] != '+' && item[0] != '-'))
            return bad_option(item, "must begin with + or -");
        const auto bits = TRY(bits_of(item));
        if (item[0] == '+')
            SSL_CTX_set_options(context, bits);
        else if (bits & always & ~std::uint64_t{SSL_OP_ALL})
            return bad_option(item, "is not supported: that stays off here");
        else
            SSL_CTX_clear_options(context, bits);
    }
    return {};
}

Status use_groups(SSL_CTX* context, const std::string& groups)
{
    if (groups.empty() || groups == "auto")
        return {};
    if (SSL_CTX_set1_groups_list(context, groups.c_str()) == 1)
        return {};
    take_errors();
    return misconfigured("tls_eccurve: \"" + escape(groups) +
                         "\" names no curves that the TLS library knows");
}

Status check_options(std::string_view options)
{
    return use_options(trial().get(), options);
}

Status check_groups(const std::string& groups)
{
    return use_groups(trial().get(), groups);
}

namespace {

// "NORMAL:-VERS-TLS1.0", "SECURE128": what Debian's Exim takes.
bool is_gnutls_priority(std::string_view text)
{
    constexpr std::string_view marks[] = {"NORMAL", "SECURE", "PERFORMANCE", "PFS", "LEGACY", "SUITEB", "NONE", "SYSTEM", "@SYSTEM"};
    return std::ranges::any_of(marks, [&](std::string_view word) { return text.starts_with(word); }) ||
           text.find("VERS-") != text.npos || text.find('%') != text.npos;
}

}

Status check_ciphers(const std::string& ciphers)
{
    if (ciphers.empty() || SSL_CTX_set_cipher_list(trial().get(), ciphers.c_str()) == 1)
        return {};
    take_errors();
    return misconfigured("tls_require_ciphers: \"" + escape(ciphers) + "\" names no cipher that the TLS library knows" +
                         (is_gnutls_priority(ciphers)
                              ? ": it is a priority string of GnuTLS, and the library here is OpenSSL; leave the option out for what "
                                "NORMAL means, or write OpenSSL's words (tls_require_ciphers = HIGH:!aNULL, and for versions "
                                "openssl_options = +no_tlsv1 +no_tlsv1_1)"
                              : ""));
}

}
