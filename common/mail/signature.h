// What is told of one DKIM signature: scan reads it and hashes what it covers, router finds its key, the ACLs see it
// as $dkim_… variables. Values only; RFC 6376 section 3.5 has the tags.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::mail {

struct Signature {
    std::string domain, selector, identity;          // d= s= i=
    std::string key_type, hash;                      // of a=: "rsa", "sha256"
    std::string canon_headers, canon_body;           // of c=
    std::string header_names, copied_headers;        // h= z=, as they stand
    std::int64_t body_length = -1;                   // l=
    std::int64_t created = 0, expires = 0;           // t= x=
    std::uint32_t bits = 0;                          // of the key, once it is known
    std::string octets;                              // b=, decoded
    std::string digest;                              // of the headers it covers
    std::string status, reason;                      // "invalid" or "fail", and why; empty so far when it may be good
    static void fields(auto& self, auto&& field)
    {
        field("domain", self.domain);
        field("selector", self.selector);
        field("identity", self.identity);
        field("key_type", self.key_type);
        field("hash", self.hash);
        field("canon_headers", self.canon_headers);
        field("canon_body", self.canon_body);
        field("header_names", self.header_names);
        field("copied_headers", self.copied_headers);
        field("body_length", self.body_length);
        field("created", self.created);
        field("expires", self.expires);
        field("bits", self.bits);
        field("octets", self.octets);
        field("digest", self.digest);
        field("status", self.status);
        field("reason", self.reason);
    }
};

// What became of one whose key was found: the same, and what its key says.
struct CheckedSignature {
    Signature signature;
    bool key_is_testing = false, key_has_no_subdomains = false;
    std::string key_service = "*", key_granularity = "*", key_notes;
    static void fields(auto& self, auto&& field)
    {
        field("signature", self.signature);
        field("key_is_testing", self.key_is_testing);
        field("key_has_no_subdomains", self.key_has_no_subdomains);
        field("key_service", self.key_service);
        field("key_granularity", self.key_granularity);
        field("key_notes", self.key_notes);
    }
};

// "Is it made with the key that this TXT record has?" Asked by router of the cleanup that holds the message, and by that
// of scan, which knows.
struct CheckSignature {
    static constexpr std::string_view name = "check_signature";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = CheckedSignature;
    Signature signature;
    std::string key;
    static void fields(auto& self, auto&& field)
    {
        field("signature", self.signature);
        field("key", self.key);
    }
};

}
