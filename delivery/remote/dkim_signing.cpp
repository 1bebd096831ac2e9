#include "delivery/remote/dkim_signing.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/header_list.h"

namespace gp::remote {
namespace {

Result<std::string> signature_for(const MessageContent& content, const sign::DkimRequest& request,
                                  const std::vector<DkimKey>& keys, const DkimSigner& signer, std::int64_t now)
{
    const auto key = std::ranges::find(keys, request.key, &DkimKey::file);
    if (key == keys.end())
        return misconfigured("dkim_private_key " + escape(request.key) + " is no key that was there when the configuration was loaded");
    sign::BodyHash body{request.canon, sign::BodyHash::Digest::sha256};
    TRY(content.each_body_piece([&](std::string_view piece) { body.add(piece); }));
    const auto parsed = TRY(mail::HeaderList::parse(content.headers()));
    const sign::DkimSignature signature{request, key->algorithm, parsed.headers, body.finish(), now};
    return signature.header(TRY(signer(*key, signature.to_sign())));
}

}

Status sign_message(MessageContent& content, const std::vector<sign::DkimRequest>& requests, const std::vector<DkimKey>& keys,
                    const DkimSigner& signer, std::int64_t now, const std::string& id)
{
    std::string headers;
    for (const auto& request : requests) {
        auto made = signature_for(content, request, keys, signer, now);
        if (made) {
            headers += *made;
            continue;
        }
        const auto text = "DKIM: message could not be signed for " + escape(request.domain) + ": " + made.error().text;
        log::panic(id + " " + text);
        if (request.strict)
            return temporary(text);
    }
    content.put_in_front(headers);
    return {};
}

}
