#include "common/auth/detail/ntlm.h"

#include <bit>
#include <openssl/evp.h>

#include "common/base/text.h"
#include "common/expand/digest.h"

namespace gp::auth::ntlm {
namespace {

constexpr std::string_view signature{"NTLMSSP\0", 8};
constexpr std::size_t longest_field = 1024; // a name or a response; more is no login
constexpr std::uint32_t flag_unicode = 0x1, flag_oem = 0x2, flag_request_target = 0x4, flag_ntlm = 0x200,
                        flag_domain_supplied = 0x1000, flag_always_sign = 0x8000;
constexpr std::size_t negotiation_header = 32, challenge_header = 32, answer_header = 64;

std::uint32_t number_at(std::string_view octets, std::size_t at, std::size_t width)
{
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(octets[at + i]);
    return value;
}

void add_number(std::string& out, std::size_t value, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i, value >>= 8)
        out += static_cast<char>(value & 0xff);
}

// Length, space, offset: MS-NLMP section 2.2.1.
void add_field(std::string& header, std::string& payload, std::size_t header_size, std::string_view value)
{
    add_number(header, value.size(), 2);
    add_number(header, value.size(), 2);
    add_number(header, header_size + payload.size(), 4);
    payload += value;
}

Result<std::string> field_at(std::string_view message, std::size_t at)
{
    if (message.size() < at + 8)
        return permanent("the message is too short");
    const std::size_t length = number_at(message, at, 2), offset = number_at(message, at + 4, 4);
    if (length > longest_field || offset > message.size() || length > message.size() - offset)
        return permanent("a field lies outside of the message");
    return std::string(message.substr(offset, length));
}

// Every octet is a character: Exim's habit, and enough for ASCII.
std::string utf16_of(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        out += c;
        out += '\0';
    }
    return out;
}

std::string text_of(std::string_view utf16)
{
    std::string out;
    for (std::size_t i = 0; i + 1 < utf16.size(); i += 2)
        out += utf16[i + 1] == '\0' ? utf16[i] : '?';
    return out;
}

std::string upper_utf16(std::string utf16)
{
    for (std::size_t i = 0; i + 1 < utf16.size(); i += 2)
        if (utf16[i + 1] == '\0' && utf16[i] >= 'a' && utf16[i] <= 'z')
            utf16[i] = static_cast<char>(utf16[i] - 'a' + 'A');
    return utf16;
}

// Seven octets as a DES key: a parity bit after every seven.
std::array<unsigned char, 8> spread(std::string_view seven)
{
    std::array<unsigned char, 8> key{};
    for (std::size_t bit = 0; bit < 56; ++bit)
        if (static_cast<unsigned char>(seven[bit / 8]) & (0x80u >> (bit % 8)))
            key[bit / 7] = static_cast<unsigned char>(key[bit / 7] | (0x80u >> (bit % 7)));
    return key;
}

// DES is triple DES with the same key three times, which every provider has.
Result<std::string> encrypt(std::string_view seven, std::string_view block)
{
    const auto single = spread(seven);
    std::array<unsigned char, 24> key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = single[i % 8];
    std::array<unsigned char, 32> out{};
    int length = 0;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
    if (!context || EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key.data(), nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_EncryptUpdate(context.get(), out.data(), &length, reinterpret_cast<const unsigned char*>(block.data()),
                          static_cast<int>(block.size())) != 1 ||
        length != 8)
        return temporary("DES is not to be had from OpenSSL");
    return std::string(reinterpret_cast<const char*>(out.data()), 8);
}

// DESL of MS-NLMP section 6: 16 octets of hash, three keys.
Result<std::string> response_of(std::string_view hash, std::string_view challenge)
{
    std::string keys(hash);
    keys.resize(21, '\0');
    std::string out;
    for (std::size_t i = 0; i < 3; ++i)
        out += TRY(encrypt(std::string_view(keys).substr(i * 7, 7), challenge));
    return out;
}

std::string nt_hash(std::string_view password)
{
    return md4(utf16_of(password));
}

// The old hash of LAN Manager: 14 capitals encrypt a text that everybody knows.
Result<std::string> lm_hash(std::string_view password)
{
    std::string key = upper(password.substr(0, 14));
    key.resize(14, '\0');
    constexpr std::string_view text = "KGS!@#$%";
    return TRY(encrypt(std::string_view(key).substr(0, 7), text)) + TRY(encrypt(std::string_view(key).substr(7), text));
}

Result<std::size_t> header_of(std::string_view message, std::uint32_t type, std::size_t least)
{
    if (message.size() < least || !message.starts_with(signature) || number_at(message, 8, 4) != type)
        return permanent("not an NTLM message of type " + std::to_string(type));
    return least;
}

// One of MD4's three rounds: RFC 1320 section 3.4.
struct Round {
    std::uint32_t (*mix)(std::uint32_t, std::uint32_t, std::uint32_t);
    std::uint32_t constant;
    std::array<std::size_t, 16> order;
    std::array<int, 4> shifts;
};

constexpr std::array<Round, 3> rounds = {
    Round{[](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (~x & z); }, 0,
          {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {3, 7, 11, 19}},
    Round{[](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (x & z) | (y & z); }, 0x5a827999,
          {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}, {3, 5, 9, 13}},
    Round{[](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return x ^ y ^ z; }, 0x6ed9eba1,
          {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}, {3, 9, 11, 15}},
};

}

std::string md4(std::string_view octets)
{
    std::string padded(octets);
    padded += '\x80';
    while (padded.size() % 64 != 56)
        padded += '\0';
    add_number(padded, octets.size() * 8, 8);
    std::array<std::uint32_t, 4> sum = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    for (std::size_t block = 0; block < padded.size(); block += 64) {
        auto state = sum;
        for (const auto& round : rounds)
            for (std::size_t i = 0; i < 16; ++i) {
                // Steps go a, d, c, b: the state turns instead.
                const auto word = number_at(padded, block + round.order[i] * 4, 4);
                const auto mixed = state[0] + round.mix(state[1], state[2], state[3]) + word + round.constant;
                state = {state[3], std::rotl(mixed, round.shifts[i % 4]), state[1], state[2]};
            }
        for (std::size_t i = 0; i < 4; ++i)
            sum[i] += state[i];
    }
    std::string out;
    for (const auto word : sum)
        add_number(out, word, 4);
    return out;
}

std::string negotiation(std::string_view domain)
{
    std::string out(signature), payload;
    add_number(out, 1, 4);
    add_number(out, flag_unicode | flag_oem | flag_request_target | flag_ntlm | flag_always_sign |
                        (domain.empty() ? 0 : flag_domain_supplied), 4);
    add_field(out, payload, negotiation_header, domain.substr(0, longest_field));
    add_field(out, payload, negotiation_header, "");
    return out + payload;
}

std::string challenge_message(std::string_view challenge)
{
    std::string out(signature);
    add_number(out, 2, 4);
    add_number(out, 0, 4); // no name of a target
    add_number(out, 0x2800, 4);
    add_number(out, flag_unicode | flag_ntlm | flag_always_sign, 4);
    out += challenge;
    out.append(16, '\0');
    return out;
}

Result<std::string> challenge_of(std::string_view message)
{
    TRY(header_of(message, 2, challenge_header));
    return std::string(message.substr(24, challenge_size));
}

Result<std::string> answer_message(std::string_view user, std::string_view domain, std::string_view password,
                                   std::string_view challenge)
{
    if (user.size() > longest_field / 2 || domain.size() > longest_field / 2)
        return permanent("the user name or the domain is too long");
    const auto old_response = TRY(response_of(TRY(lm_hash(password)), challenge));
    const auto response = TRY(response_of(nt_hash(password), challenge));
    std::string out(signature), payload;
    add_number(out, 3, 4);
    add_field(out, payload, answer_header, old_response);
    add_field(out, payload, answer_header, response);
    add_field(out, payload, answer_header, utf16_of(domain));
    add_field(out, payload, answer_header, utf16_of(user));
    add_field(out, payload, answer_header, utf16_of(user)); // the workstation: Exim's habit
    add_field(out, payload, answer_header, "");             // no session key
    add_number(out, flag_unicode | flag_ntlm | flag_always_sign, 4);
    return out + payload;
}

Result<Answer> answer_of(std::string_view message)
{
    TRY(header_of(message, 3, answer_header));
    const bool is_unicode = (number_at(message, 60, 4) & flag_unicode) != 0;
    Answer answer;
    answer.response = TRY(field_at(message, 20));
    const auto domain = TRY(field_at(message, 28)), user = TRY(field_at(message, 36));
    answer.domain = is_unicode ? text_of(domain) : domain;
    answer.user = is_unicode ? text_of(user) : user;
    answer.domain_utf16 = is_unicode ? domain : utf16_of(domain);
    answer.user_utf16 = is_unicode ? user : utf16_of(user);
    return answer;
}

Result<bool> is_response(const Answer& answer, std::string_view password, std::string_view challenge)
{
    const auto hash = nt_hash(password);
    if (answer.response.size() == response_size)
        return expand::same_secret(answer.response, TRY(response_of(hash, challenge)));
    if (answer.response.size() < response_size)
        return false;
    // NTLMv2_RESPONSE: 16 octets of proof over the challenge and the rest; MS-NLMP section 3.3.2.
    const auto key = TRY(expand::keyed_digest(expand::Digest::md5, hash, upper_utf16(answer.user_utf16) + answer.domain_utf16));
    const auto proof = TRY(expand::keyed_digest(expand::Digest::md5, key, std::string(challenge) + answer.response.substr(16)));
    return expand::same_secret(std::string_view(answer.response).substr(0, 16), proof);
}

}
