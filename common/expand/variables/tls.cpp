// TLS of the connection that a message came by ($tls_in_…) and of the one it leaves by ($tls_out_…).

#include "common/expand/detail/values.h"

namespace gp::expand {
namespace {

// "TLS1.3:ECDHE…:256" ends in the strength.
Got bits(Scene& scene, std::string_view)
{
    const auto& cipher = origin_of(scene).tls_cipher;
    const auto colon = cipher.rfind(':');
    if (cipher.empty() || colon == std::string::npos)
        return clean("0");
    return clean(cipher.substr(colon + 1));
}

// $tls_cipher and its old relatives mean the way out while a message is being sent (manual 11.9).
template <auto in, const char* out_name>
Got old_name(Scene& scene, std::string_view name)
{
    if (const auto* out = scene.find_fact(out_name))
        return *out;
    return in(scene, name);
}

Got cipher(Scene& scene, std::string_view)
{
    return clean(origin_of(scene).tls_cipher);
}
Got verified(Scene& scene, std::string_view)
{
    return flag(origin_of(scene).tls_certificate_verified);
}
Got peer_dn(Scene& scene, std::string_view)
{
    return tainted(origin_of(scene).tls_peer_dn, "$tls_in_peerdn");
}
Got sni(Scene& scene, std::string_view)
{
    return tainted(origin_of(scene).tls_sni, "$tls_in_sni");
}

constexpr char out_cipher[] = "tls_out_cipher", out_bits[] = "tls_out_bits", out_peer_dn[] = "tls_out_peerdn",
               out_sni[] = "tls_out_sni", out_verified[] = "tls_out_certificate_verified";

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "tls_in_cipher", .get = cipher, .doc = "The cipher of the connection in."}},
    RegisterVariable{{.name = "tls_in_cipher_std", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).tls_cipher_std); }, .doc = "Its name in the standard."}},
    RegisterVariable{{.name = "tls_in_bits", .get = bits, .doc = "Its strength."}},
    RegisterVariable{{.name = "tls_in_ver", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).tls_version); }, .doc = "The version of TLS."}},
    RegisterVariable{{.name = "tls_in_sni", .get = sni, .doc = "The server name that the client wanted."}},
    RegisterVariable{{.name = "tls_in_peerdn", .get = peer_dn, .doc = "The subject of the client's certificate."}},
    RegisterVariable{{.name = "tls_in_certificate_verified", .get = verified, .doc = "1: it was verified."}},
    RegisterVariable{{.name = "tls_in_ocsp", .absent = "0", .doc = "What came of OCSP."}},
    RegisterVariable{{.name = "tls_in_resumption", .absent = "0", .doc = "What came of session resumption."}},
    RegisterVariable{{.name = "tls_in_ourcert", .is_certificate = true, .doc = "Our certificate."}},
    RegisterVariable{{.name = "tls_in_peercert", .is_certificate = true, .doc = "The client's certificate."}},
    RegisterVariable{{.name = "tls_out_cipher", .doc = "The cipher of the connection out."}},
    RegisterVariable{{.name = "tls_out_cipher_std", .doc = "Its name in the standard."}},
    RegisterVariable{{.name = "tls_out_bits", .absent = "0", .doc = "Its strength."}},
    RegisterVariable{{.name = "tls_out_ver", .doc = "The version of TLS."}},
    RegisterVariable{{.name = "tls_out_sni", .doc = "The server name that we asked for."}},
    RegisterVariable{{.name = "tls_out_peerdn", .doc = "The subject of the server's certificate."}},
    RegisterVariable{{.name = "tls_out_certificate_verified", .absent = "0", .doc = "1: it was verified."}},
    RegisterVariable{{.name = "tls_out_ocsp", .absent = "0", .doc = "What came of OCSP."}},
    RegisterVariable{{.name = "tls_out_resumption", .absent = "0", .doc = "What came of session resumption."}},
    RegisterVariable{{.name = "tls_out_dane", .absent = "no", .doc = "yes: verified by DANE."}},
    RegisterVariable{{.name = "tls_out_tlsa_usage", .absent = "0", .doc = "Usages of the TLSA records, as bits."}},
    RegisterVariable{{.name = "tls_out_ourcert", .is_certificate = true, .doc = "Our certificate."}},
    RegisterVariable{{.name = "tls_out_peercert", .is_certificate = true, .doc = "The server's certificate."}},
    RegisterVariable{{.name = "tls_cipher", .get = old_name<cipher, out_cipher>, .doc = "Old name: in, or out while sending."}},
    RegisterVariable{{.name = "tls_bits", .get = old_name<bits, out_bits>, .doc = "Old name: in, or out while sending."}},
    RegisterVariable{{.name = "tls_peerdn", .get = old_name<peer_dn, out_peer_dn>, .doc = "Old name: in, or out while sending."}},
    RegisterVariable{{.name = "tls_sni", .get = old_name<sni, out_sni>, .doc = "Old name: in, or out while sending."}},
    RegisterVariable{{.name = "tls_certificate_verified", .get = old_name<verified, out_verified>, .doc = "Old name: in, or out while sending."}},
};
// clang-format on

}
}
