// A DKIM signature that came with a message, RFC 6376 section 6: what its tags say, what it covers, and whether a key
// made it. Pure functions of foreign octets; only scan calls them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "common/mail/header_list.h"
#include "common/mail/signature.h"
#include "common/sign/canonical.h"

namespace gp::sign {

// "a=b; c=d": the value of each tag without its blanks, a later one of a name over an earlier one (section 3.2).
class TagList {
public:
    explicit TagList(std::string_view text);
    const std::string* find(std::string_view name) const;
    std::string value(std::string_view name) const; // empty when it is not there

private:
    std::vector<std::pair<std::string, std::string>> tags_;
};

// A signature and the hash of the body that it wants; bodies may be shared by those of one kind.
struct ReadSignature {
    mail::Signature told;
    std::string body_hash; // bh=, decoded
    bool is_usable() const { return told.status.empty(); }
    BodyHash hasher() const;
    // Whether two of them hash the body alike.
    bool hashes_like(const ReadSignature& other) const;
};

// `header`: one DKIM-Signature: of `headers`. The digest is of the headers that it names.
ReadSignature read_signature(const mail::HeaderList& headers, const mail::Header& header);

// `key`: the TXT record (section 3.6.1).
mail::CheckedSignature check_signature(const mail::Signature& signature, std::string_view key);

}
