// The two canonical forms of RFC 6376 section 3.4, of headers and, streamed, of bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gp::sign {

enum class Canon : std::uint8_t { simple, relaxed };

// A header as it is hashed: with CRLF at the end. `header` has its own line ends, the last one or not.
std::string canonical_header(Canon canon, std::string_view header);

// The hash of a body, fed in pieces that may be cut anywhere. Lines end in CRLF.
class BodyHash {
public:
    enum class Digest : std::uint8_t { sha1, sha256, sha512 };
    // `limit`: so many octets of the canonical body count, l= of a signature.
    BodyHash(Canon canon, Digest digest, std::optional<std::uint64_t> limit = {});
    ~BodyHash();
    BodyHash(BodyHash&&) noexcept;
    BodyHash& operator=(BodyHash&&) noexcept;
    void add(std::string_view octets);
    std::string finish(); // octets of the digest
    std::uint64_t octets() const { return octets_; } // of the canonical body

private:
    void line(std::string_view text);
    void put(std::string_view text);

    struct Context;
    std::unique_ptr<Context> context_;
    Canon canon_;
    std::optional<std::uint64_t> left_;
    std::string part_;             // of a line that is not complete
    std::uint64_t blank_lines_ = 0; // held back: at the end they do not count
    std::uint64_t octets_ = 0;
};

std::string sha256(std::string_view octets);

}
