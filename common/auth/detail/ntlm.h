// NTLM's arithmetic and its three messages (MS-NLMP sections 2.2.1 and 3.3); the exchange itself is in
// mechanisms/spa.cpp. MD4 (RFC 1320) is here because OpenSSL 3 keeps it in a provider that need not be there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::auth::ntlm {

inline constexpr std::size_t challenge_size = 8;
inline constexpr std::size_t response_size = 24; // of version 1

std::string md4(std::string_view octets); // 16 octets

// What a client answers a challenge with.
struct Answer {
    std::string domain, user;      // as far as they are ASCII; else octets
    std::string response;          // the NT response; version 2 is longer than response_size
    std::string user_utf16, domain_utf16; // as they came, in UTF-16: version 2 signs them
};

std::string negotiation(std::string_view domain); // message 1, of a client
std::string challenge_message(std::string_view challenge); // message 2, of a server
Result<std::string> challenge_of(std::string_view message); // from message 2
Result<std::string> answer_message(std::string_view user, std::string_view domain, std::string_view password,
                                   std::string_view challenge); // message 3, of a client
Result<Answer> answer_of(std::string_view message); // from message 3

// Whether the response was made with this password, by version 1 or 2.
Result<bool> is_response(const Answer& answer, std::string_view password, std::string_view challenge);

}
