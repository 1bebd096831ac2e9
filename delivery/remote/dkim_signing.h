// DKIM signatures of a message on its way out (manual chapter 57.1): made of what really goes over the wire, with keys
// that only keyd has.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/sign/dkim_signature.h"
#include "delivery/remote/message_content.h"
#include "delivery/remote/parameters.h"

namespace gp::remote {

// keyd's answer: the signature of `block` with a key; SHA-256, or none for Ed25519.
using DkimSigner = std::function<Result<std::string>(const DkimKey& key, const std::string& block)>;

// Puts a DKIM-Signature header in front for each request. What cannot be signed goes out unsigned, with a line in the
// log, unless the request is strict: then the error ends the delivery.
Status sign_message(MessageContent& content, const std::vector<sign::DkimRequest>& requests, const std::vector<DkimKey>& keys,
                    const DkimSigner& signer, std::int64_t now, const std::string& id);

}
