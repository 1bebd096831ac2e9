#include "common/sign/dkim_reading.h"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <set>

#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::sign {
namespace {

using mail::Signature;

std::string without_blanks(std::string_view text)
{
    std::string out;
    for (const char c : text)
        if (!is_space(c))
            out += c;
    return out;
}

const EVP_MD* digest_of(std::string_view hash)
{
    return hash == "sha1" ? EVP_sha1() : hash == "sha512" ? EVP_sha512() : EVP_sha256();
}

std::string hashed(std::string_view hash, std::string_view octets)
{
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), &size, digest_of(hash), nullptr);
    out.resize(size);
    return out;
}

Signature& invalid(Signature& told, std::string_view reason)
{
    told.status = "invalid";
    told.reason = reason;
    return told;
}

bool set_algorithm(Signature& told, std::string_view algorithm)
{
    const auto dash = algorithm.find('-');
    told.key_type = lower(algorithm.substr(0, dash));
    told.hash = dash == std::string_view::npos ? std::string{} : lower(algorithm.substr(dash + 1));
    const bool has_key = told.key_type == "rsa" || told.key_type == "ed25519";
    return has_key && (told.hash == "sha1" || told.hash == "sha256" || told.hash == "sha512");
}

bool set_canonical_forms(Signature& told, std::string_view forms)
{
    const auto slash = forms.find('/');
    told.canon_headers = forms.empty() ? "simple" : lower(forms.substr(0, slash));
    told.canon_body = slash == std::string_view::npos ? "simple" : lower(forms.substr(slash + 1));
    const auto is_known = [](std::string_view form) { return form == "simple" || form == "relaxed"; };
    return is_known(told.canon_headers) && is_known(told.canon_body);
}

bool set_numbers(Signature& told, const TagList& tags)
{
    const std::pair<std::string_view, std::int64_t*> numbers[] = {{"l", &told.body_length}, {"t", &told.created}, {"x", &told.expires}};
    for (const auto& [name, member] : numbers) {
        const auto* text = tags.find(name);
        if (!text)
            continue;
        const auto number = parse_unsigned(*text);
        if (!number || *number > 9'999'999'999'999)
            return false;
        *member = static_cast<std::int64_t>(*number);
    }
    return true;
}

// The header as it was when it was signed: with an empty b= (section 3.5).
std::string with_empty_b(std::string_view header)
{
    std::string out;
    for (bool is_first = true; !header.empty(); is_first = false) {
        const auto end = std::min(header.find(';'), header.size());
        auto tag = header.substr(0, end);
        const auto name_from = is_first ? std::min(tag.find(':'), tag.size() - 1) + 1 : 0;
        const auto equals = tag.find('=', name_from);
        if (equals != std::string_view::npos && trim(tag.substr(name_from, equals - name_from)) == "b")
            tag = tag.substr(0, equals + 1);
        out += tag;
        if (end < header.size())
            out += ';';
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return out;
}

// The named headers, the last of a name first (section 5.4.2), and this one.
std::string to_hash(const mail::HeaderList& headers, const mail::Header& own, const Signature& told)
{
    const auto canon = told.canon_headers == "relaxed" ? Canon::relaxed : Canon::simple;
    std::set<const mail::Header*> used;
    std::string out;
    for (const auto name : split(told.header_names, ':'))
        for (std::size_t i = headers.size(); i-- > 0;) {
            const auto& header = headers[i];
            if (!header.is(trim(name)) || used.contains(&header))
                continue;
            used.insert(&header);
            out += canonical_header(canon, header.text());
            break;
        }
    auto text = std::string(own.text());
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    auto last = canonical_header(canon, with_empty_b(text));
    last.resize(last.size() - 2); // section 3.7: without the CRLF
    return out + last;
}

}

TagList::TagList(std::string_view text)
{
    for (const auto part : split(text, ';')) {
        const auto equals = part.find('=');
        if (equals != std::string_view::npos)
            tags_.emplace_back(std::string(trim(part.substr(0, equals))), without_blanks(part.substr(equals + 1)));
    }
}

const std::string* TagList::find(std::string_view name) const
{
    const std::string* found = nullptr;
    for (const auto& [tag, value] : tags_)
        if (tag == name)
            found = &value;
    return found;
}

std::string TagList::value(std::string_view name) const
{
    const auto* found = find(name);
    return found ? *found : std::string{};
}

BodyHash ReadSignature::hasher() const
{
    const auto digest = told.hash == "sha1" ? BodyHash::Digest::sha1 : told.hash == "sha512" ? BodyHash::Digest::sha512 : BodyHash::Digest::sha256;
    std::optional<std::uint64_t> limit;
    if (told.body_length >= 0)
        limit = static_cast<std::uint64_t>(told.body_length);
    return BodyHash{told.canon_body == "relaxed" ? Canon::relaxed : Canon::simple, digest, limit};
}

bool ReadSignature::hashes_like(const ReadSignature& other) const
{
    return told.hash == other.told.hash && told.canon_body == other.told.canon_body && told.body_length == other.told.body_length;
}

namespace {

// What a domain or selector may be made of; U-labels too (RFC 8616). Anything else could pass for several names.
bool is_name(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alnum(c) || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 128;
    });
}

}

ReadSignature read_signature(const mail::HeaderList& headers, const mail::Header& header)
{
    constexpr std::string_view broken = "signature tag missing or invalid";
    ReadSignature out;
    auto& told = out.told;
    const TagList tags{header.raw_value()};
    told.domain = tags.value("d");
    told.selector = tags.value("s");
    told.identity = tags.value("i");
    told.copied_headers = tags.value("z");
    told.header_names = tags.value("h");
    const bool is_known = set_algorithm(told, tags.value("a"));
    const bool has_form = set_canonical_forms(told, tags.value("c"));
    const bool has_numbers = set_numbers(told, tags);
    const auto signature = base64_decode(tags.value("b"));
    const auto body_hash = base64_decode(tags.value("bh"));
    if (signature)
        told.octets = *signature;
    if (tags.value("v") != "1") {
        invalid(told, tags.find("v") ? "unsupported DKIM version" : broken);
        return out;
    }
    // One without bh= has no body that it could be about: that is a mismatch, as in Exim.
    if (!is_known || !has_form || !has_numbers || !is_name(told.domain) || !is_name(told.selector) || told.header_names.empty() ||
        !signature || signature->empty() || !body_hash) {
        invalid(told, broken);
        return out;
    }
    out.body_hash = *body_hash;
    told.digest = hashed(told.hash, to_hash(headers, header, told));
    return out;
}

namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

const unsigned char* octets_of(const std::string& text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

// RSA keys come as SubjectPublicKeyInfo, or bare as in RFC 3447; Ed25519 ones as their 32 octets (RFC 8463 section 4).
Key key_of(const std::string& type, const std::string& octets)
{
    if (type == "ed25519")
        return Key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(octets), octets.size())};
    const auto* at = octets_of(octets);
    Key key{d2i_PUBKEY(nullptr, &at, static_cast<long>(octets.size()))};
    at = octets_of(octets);
    if (!key)
        key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(octets.size())));
    return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA ? std::move(key) : nullptr;
}

bool is_made_with(EVP_PKEY* key, const Signature& told)
{
    const auto* signature = octets_of(told.octets);
    if (told.key_type == "ed25519") { // of the digest, RFC 8463 section 3
        const std::unique_ptr<EVP_MD_CTX, FreeKey> context{EVP_MD_CTX_new()};
        return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
               EVP_DigestVerify(context.get(), signature, told.octets.size(), octets_of(told.digest), told.digest.size()) == 1;
    }
    const std::unique_ptr<EVP_PKEY_CTX, FreeKey> context{EVP_PKEY_CTX_new(key, nullptr)};
    return EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), digest_of(told.hash)) == 1 &&
           EVP_PKEY_verify(context.get(), signature, told.octets.size(), octets_of(told.digest), told.digest.size()) == 1;
}

bool has_item(std::string_view list, std::string_view wanted)
{
    for (const auto item : split(list, ':'))
        if (same_nocase(item, wanted))
            return true;
    return false;
}

}

mail::CheckedSignature check_signature(const mail::Signature& signature, std::string_view record)
{
    mail::CheckedSignature out{.signature = signature};
    auto& told = out.signature;
    const TagList tags{record};
    out.key_is_testing = has_item(tags.value("t"), "y");
    out.key_has_no_subdomains = has_item(tags.value("t"), "s");
    if (tags.find("s"))
        out.key_service = tags.value("s");
    if (tags.find("g"))
        out.key_granularity = tags.value("g");
    out.key_notes = tags.value("n");
    const auto type = tags.find("k") ? lower(tags.value("k")) : "rsa";
    const bool is_version = !tags.find("v") || tags.value("v") == "DKIM1";
    const bool is_for_mail = out.key_service.empty() || has_item(out.key_service, "*") || has_item(out.key_service, "email");
    if (!tags.find("p") || tags.value("p").empty() || !is_for_mail) { // an empty p= has been revoked
        invalid(told, "pubkey_syntax");
        return out;
    }
    const auto octets = base64_decode(tags.value("p"));
    const auto key = octets && is_version && type == told.key_type ? key_of(type, *octets) : nullptr;
    if (!key) {
        invalid(told, "pubkey_import");
        return out;
    }
    told.bits = static_cast<std::uint32_t>(EVP_PKEY_get_bits(key.get()));
    const auto at = signature.identity.rfind('@');
    const bool is_subdomain = at != std::string::npos && !same_nocase(signature.identity.substr(at + 1), signature.domain);
    if (tags.find("h") && !has_item(tags.value("h"), told.hash)) {
        told.status = "fail";
        told.reason = "unspecified reason";
    } else if ((out.key_has_no_subdomains && is_subdomain) || !is_made_with(key.get(), told)) {
        told.status = "fail";
        told.reason = "signature_incorrect";
    } else {
        told.status = "pass";
    }
    return out;
}

}
