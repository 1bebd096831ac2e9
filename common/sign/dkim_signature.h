// A DKIM signature to be made, RFC 6376 section 5: which headers, in which form, and the header that comes of it.
// The key is elsewhere: what is to be signed is given out, and the signature comes back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/header_list.h"
#include "common/sign/canonical.h"

namespace gp::sign {

struct DkimRequest {
    std::string domain, selector, identity;
    std::string key;                 // the file, as the option named it
    std::string headers;             // names between colons; "=" and "+" in front as dkim_sign_headers has them
    Canon canon = Canon::relaxed;
    std::string hash = "sha256";
    std::int64_t lifetime = 0;       // seconds; 0: no t= and x=
    bool strict = false;             // without a signature the message is not sent

    std::string text() const;        // for the wire: one line for each value
    static DkimRequest parse(std::string_view text);
};

class DkimSignature {
public:
    // `algorithm` is the key's: "rsa" or "ed25519".
    DkimSignature(const DkimRequest& request, std::string_view algorithm, const mail::HeaderList& headers,
                  std::string_view body_hash, std::int64_t now);
    // What the key signs: the canonical headers and this one with an empty b= (section 3.7).
    const std::string& to_sign() const { return to_sign_; }
    // The whole header, with CRLF.
    std::string header(std::string_view signature) const;

private:
    std::string unsigned_; // "DKIM-Signature: v=1; … b="
    std::string to_sign_;
};

// The default of dkim_sign_headers: the macro _DKIM_SIGN_HEADERS.
std::string_view usual_dkim_headers();

}
