// A provider for keys whose private half is elsewhere: key management that wraps the public half, and a signature
// algorithm that asks a Signer.
//
// How OpenSSL comes here: EVP_DigestSignInit looks for the algorithm in the default provider first and asks us to
// export the whole key to it; we refuse, since there is no private half to export, and so it takes the algorithm
// of the key's own provider. Everything public (sizes, groups, comparison with a certificate) is answered by the
// wrapped key, which belongs to the default provider.
#include "common/tls/detail/openssl.h"
#include "common/tls/key.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <cstring>

namespace gp::tls {
namespace {

constexpr const char* use_default = "provider=default";
constexpr const char* our_property = "provider=gatepost";
constexpr const char* parameter_public = "gatepost-public"; // SubjectPublicKeyInfo, DER
constexpr const char* parameter_signer = "gatepost-signer"; // a Signer*, its octets

// --- key management ---

struct RemoteKey {
    const char* type = "";
    Key public_half;
    Signer signer; // empty: a public key that somebody imported, for comparison
};

RemoteKey* as_key(void* data)
{
    return static_cast<RemoteKey*>(data);
}

template <const char* const& type>
void* new_key(void*)
{
    auto* key = new RemoteKey;
    key->type = type;
    return key;
}

void free_key(void* data)
{
    delete as_key(data);
}

int has(const void* data, int selection)
{
    const auto& key = *static_cast<const RemoteKey*>(data);
    if (!key.public_half)
        return 0;
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || key.signer ? 1 : 0;
}

bool import_ours(RemoteKey& key, const OSSL_PARAM* spki, const OSSL_PARAM* signer)
{
    const auto* octets = static_cast<const unsigned char*>(spki->data);
    key.public_half.reset(d2i_PUBKEY_ex(nullptr, &octets, static_cast<long>(spki->data_size), nullptr, use_default));
    if (!key.public_half || signer->data_size != sizeof(Signer*))
        return false;
    const Signer* given = nullptr;
    std::memcpy(&given, signer->data, sizeof given);
    key.signer = *given;
    return true;
}

// A public key in the standard's parameters: OpenSSL brings a certificate's key over to compare it with ours.
bool import_public(RemoteKey& key, const OSSL_PARAM params[])
{
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, key.type, use_default));
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(params)) != 1)
        return false;
    key.public_half.reset(made);
    return true;
}

int import_key(void* data, int, const OSSL_PARAM params[])
{
    const auto* spki = OSSL_PARAM_locate_const(params, parameter_public);
    const auto* signer = OSSL_PARAM_locate_const(params, parameter_signer);
    if (spki && signer)
        return import_ours(*as_key(data), spki, signer) ? 1 : 0;
    return import_public(*as_key(data), params) ? 1 : 0;
}

int export_key(void* data, int selection, OSSL_CALLBACK* take, void* argument)
{
    const auto& key = *as_key(data);
    if (!key.public_half || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0)
        return 0;
    OSSL_PARAM* params = nullptr;
    if (EVP_PKEY_todata(key.public_half.get(), EVP_PKEY_PUBLIC_KEY, &params) != 1)
        return 0;
    const int taken = take(params, argument);
    OSSL_PARAM_free(params);
    return taken;
}

const OSSL_PARAM* key_types(int)
{
    static const OSSL_PARAM params[] = {OSSL_PARAM_octet_string(parameter_public, nullptr, 0),
                                        OSSL_PARAM_octet_string(parameter_signer, nullptr, 0), OSSL_PARAM_END};
    return params;
}

int get_params(void* data, OSSL_PARAM params[])
{
    const auto& key = *as_key(data);
    return key.public_half ? EVP_PKEY_get_params(key.public_half.get(), params) : 0;
}

const OSSL_PARAM* gettable_params(void*)
{
    // What libssl and the signature calls ask of a key; the wrapped key answers.
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, nullptr, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
        OSSL_PARAM_END};
    return params;
}

int match(const void* left, const void* right, int)
{
    const auto& one = static_cast<const RemoteKey*>(left)->public_half;
    const auto& other = static_cast<const RemoteKey*>(right)->public_half;
    return one && other && EVP_PKEY_eq(one.get(), other.get()) == 1 ? 1 : 0;
}

constexpr const char* rsa = "RSA";
constexpr const char* rsa_pss = "RSA-PSS";
constexpr const char* ec = "EC";
constexpr const char* ed25519 = "ED25519";

// The signature algorithm of a key type.
template <const char* const& type>
const char* operation_name(int)
{
    const std::string_view name = type;
    return name == ec ? "ECDSA" : name == rsa_pss ? rsa : type;
}

template <class F>
OSSL_DISPATCH entry(int id, F* function)
{
    return {id, reinterpret_cast<void (*)()>(function)};
}

template <const char* const& type>
const OSSL_DISPATCH* key_management()
{
    static const OSSL_DISPATCH table[] = {
        entry(OSSL_FUNC_KEYMGMT_NEW, &new_key<type>),
        entry(OSSL_FUNC_KEYMGMT_FREE, &free_key),
        entry(OSSL_FUNC_KEYMGMT_HAS, &has),
        entry(OSSL_FUNC_KEYMGMT_IMPORT, &import_key),
        entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, &key_types),
        entry(OSSL_FUNC_KEYMGMT_EXPORT, &export_key),
        entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, &key_types),
        entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, &get_params),
        entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, &gettable_params),
        entry(OSSL_FUNC_KEYMGMT_MATCH, &match),
        entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, &operation_name<type>),
        {0, nullptr}};
    return table;
}

// --- signatures ---

struct Signing {
    RemoteKey* key = nullptr;
    std::string digest;
    bool pss = false;
};

Signing* as_signing(void* data)
{
    return static_cast<Signing*>(data);
}

void* new_signing(void*, const char*)
{
    return new Signing;
}

void free_signing(void* data)
{
    delete as_signing(data);
}

void* copy_signing(void* data)
{
    return new Signing(*as_signing(data));
}

int set_signing_params(void* data, const OSSL_PARAM params[])
{
    if (!params)
        return 1;
    if (const auto* mode = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE)) {
        int number = 0;
        if (mode->data_type == OSSL_PARAM_UTF8_STRING)
            as_signing(data)->pss = std::string_view(static_cast<const char*>(mode->data)) == OSSL_PKEY_RSA_PAD_MODE_PSS;
        else if (OSSL_PARAM_get_int(mode, &number))
            as_signing(data)->pss = number == RSA_PKCS1_PSS_PADDING;
    }
    return 1; // the salt is as long as the digest in TLS (RFC 8446 section 4.2.3); nothing else is offered
}

const OSSL_PARAM* settable_signing_params(void*, void*)
{
    static const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
                                        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
                                        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, nullptr, 0),
                                        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0), OSSL_PARAM_END};
    return params;
}

int digest_sign_init(void* data, const char* digest, void* key, const OSSL_PARAM params[])
{
    auto& signing = *as_signing(data);
    if (key)
        signing.key = as_key(key);
    if (!signing.key || !signing.key->signer)
        return 0;
    signing.digest = digest ? digest : "";
    signing.pss = std::string_view(signing.key->type) == rsa_pss;
    return set_signing_params(data, params);
}

// The one call that leaves the process, and where the fiber may be suspended.
int digest_sign(void* data, unsigned char* signature, std::size_t* length, std::size_t room, const unsigned char* block,
                std::size_t size)
{
    auto& signing = *as_signing(data);
    const int most = EVP_PKEY_get_size(signing.key->public_half.get());
    if (!signature) {
        *length = static_cast<std::size_t>(most);
        return 1;
    }
    const auto made = signing.key->signer(
        {.digest = signing.digest, .pss = signing.pss, .block = {reinterpret_cast<const char*>(block), size}});
    if (!made || made->empty() || made->size() > room || made->size() > static_cast<std::size_t>(most))
        return 0;
    std::memcpy(signature, made->data(), made->size());
    *length = made->size();
    return 1;
}

const OSSL_DISPATCH signature_table[] = {
    entry(OSSL_FUNC_SIGNATURE_NEWCTX, &new_signing),
    entry(OSSL_FUNC_SIGNATURE_FREECTX, &free_signing),
    entry(OSSL_FUNC_SIGNATURE_DUPCTX, &copy_signing),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, &digest_sign_init),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, &digest_sign),
    entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, &set_signing_params),
    entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, &settable_signing_params),
    {0, nullptr}};

// --- the provider ---

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache)
{
    static const OSSL_ALGORITHM keys[] = {{"RSA:rsaEncryption:1.2.840.113549.1.1.1", our_property, key_management<rsa>(), ""},
                                          {"RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10", our_property, key_management<rsa_pss>(), ""},
                                          {"EC:id-ecPublicKey:1.2.840.10045.2.1", our_property, key_management<ec>(), ""},
                                          {"ED25519:1.3.101.112", our_property, key_management<ed25519>(), ""},
                                          {nullptr, nullptr, nullptr, nullptr}};
    static const OSSL_ALGORITHM signatures[] = {{"RSA:rsaEncryption:1.2.840.113549.1.1.1", our_property, signature_table, ""},
                                                {"ECDSA", our_property, signature_table, ""},
                                                {"ED25519:1.3.101.112", our_property, signature_table, ""},
                                                {nullptr, nullptr, nullptr, nullptr}};
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT)
        return keys;
    return operation == OSSL_OP_SIGNATURE ? signatures : nullptr;
}

void teardown(void*) {}

int start(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** context)
{
    static const OSSL_DISPATCH table[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &query),
                                          entry(OSSL_FUNC_PROVIDER_TEARDOWN, &teardown),
                                          {0, nullptr}};
    *out = table;
    *context = const_cast<OSSL_CORE_HANDLE*>(handle);
    return 1;
}

const char* type_of(EVP_PKEY* key)
{
    for (const char* type : {rsa, rsa_pss, ec, ed25519})
        if (EVP_PKEY_is_a(key, type) == 1)
            return type;
    return nullptr;
}

}

Status load_remote_key_provider()
{
    static OSSL_PROVIDER* loaded; // for as long as the process lives, and known to who looks for leaks
    if (OSSL_PROVIDER_add_builtin(nullptr, "gatepost", &start) == 1)
        loaded = OSSL_PROVIDER_load(nullptr, "gatepost");
    if (!loaded)
        return openssl_error("the provider for keys in keyd");
    // Or plain fetches would pick our algorithms for ordinary keys.
    if (EVP_set_default_properties(nullptr, "?provider=default") != 1)
        return openssl_error("the default provider");
    return {};
}

Result<Key> remote_key(std::string_view certificate_pem, const Signer& signer)
{
    const auto text = read_only(certificate_pem);
    const CertificateHandle certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    EVP_PKEY* public_half = certificate ? X509_get0_pubkey(certificate.get()) : nullptr;
    if (!public_half) {
        take_errors();
        return misconfigured("the file has no certificate in PEM form");
    }
    const char* type = type_of(public_half);
    if (!type)
        return misconfigured("the certificate's key is neither RSA nor ECDSA nor Ed25519");
    std::string der(static_cast<std::size_t>(std::max(0, i2d_PUBKEY(public_half, nullptr))), '\0');
    auto* into = reinterpret_cast<unsigned char*>(der.data());
    if (der.empty() || i2d_PUBKEY(public_half, &into) <= 0)
        return openssl_error("public key");
    const Signer* pointer = &signer;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(parameter_public, der.data(), der.size()),
                           OSSL_PARAM_construct_octet_string(parameter_signer, &pointer, sizeof pointer),
                           OSSL_PARAM_construct_end()};
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, our_property));
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params) != 1)
        return openssl_error("a key that lives in keyd");
    return Key(made);
}

}
