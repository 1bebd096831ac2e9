// SCRAM's arithmetic, RFC 5802 section 3 and RFC 7677; the exchange itself is in mechanisms/gsasl_scram.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/expand/digest.h"

namespace gp::auth::scram {

inline constexpr std::uint32_t most_iterations = 1'000'000; // more would keep a thread for a minute

// What a server keeps of a password.
struct Keys {
    std::string stored, server;
};

// Hi(): takes a while, so on the pool of threads when there is a loop.
Result<std::string> salted_password(expand::Digest kind, const std::string& password, const std::string& salt,
                                    std::uint32_t iterations);
Result<Keys> keys_of(expand::Digest kind, std::string_view salted);
Result<std::string> client_proof(expand::Digest kind, std::string_view salted, std::string_view message);
// True when the proof was made with the password that `stored` is of.
Result<bool> is_proof(expand::Digest kind, std::string_view stored, std::string_view message, std::string_view proof);

// "r=abc,s=xyz,i=1" by letter; malformed ones are left out.
std::map<char, std::string> attributes_of(std::string_view text);
std::string quote_name(std::string_view name); // "," and "=" as =2C and =3D
Result<std::string> unquote_name(std::string_view name);
std::string fresh_nonce();
std::size_t size_of(expand::Digest kind); // octets of a key and of a salted password

}
