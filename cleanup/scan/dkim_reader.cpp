// DKIM signatures of messages: found, hashed over, and held against their keys. RFC 6376 section 6.1.

#include "cleanup/scan/question_body.h"
#include "cleanup/scan/reader.h"
#include "common/sign/dkim_reading.h"

namespace gp::scan {
namespace {

constexpr std::size_t longest_line = 16384; // of a body that is hashed, as Exim: longer ones are an attack

// The hashes of one body: one for each way in which a signature wants it.
class BodyHashes {
public:
    explicit BodyHashes(std::string_view body) : body_(body) {}
    bool is_right(const sign::ReadSignature& signature)
    {
        for (const auto& [kind, hash] : known_)
            if (kind.hashes_like(signature))
                return hash == signature.body_hash;
        auto hasher = signature.hasher();
        hasher.add(body_);
        // A length beyond the body's end speaks of octets that nobody has seen (section 6.1.3).
        auto hash = hasher.finish();
        if (signature.told.body_length > static_cast<std::int64_t>(hasher.octets()))
            hash.clear();
        known_.emplace_back(signature, hash);
        return hash == signature.body_hash;
    }

private:
    const std::string_view body_;
    std::vector<std::pair<sign::ReadSignature, std::string>> known_;
};

bool has_long_line(std::string_view body)
{
    while (body.size() > longest_line) {
        const auto end = body.substr(0, longest_line + 2).rfind('\n');
        if (end == std::string_view::npos)
            return true;
        body.remove_prefix(end + 1);
    }
    return false;
}

}

Result<FindSignaturesReply> signatures_in(const FindSignatures& question)
{
    FindSignaturesReply reply;
    const auto parsed = TRY(mail::HeaderList::parse(question.headers, {.header_maxsize = FindSignatures::max_size}));
    if (parsed.headers.count("DKIM-Signature") > question.most) {
        reply.trouble = "EXCESS_SIGS";
        return reply;
    }
    std::string room;
    const auto body = TRY(body_of(question, room));
    if (has_long_line(body)) {
        reply.trouble = "LONG_LINE";
        return reply;
    }
    BodyHashes hashes{body};
    for (const auto& header : parsed.headers) {
        if (!header.is("DKIM-Signature"))
            continue;
        auto signature = sign::read_signature(parsed.headers, header);
        if (signature.is_usable() && !hashes.is_right(signature)) {
            signature.told.status = "fail";
            signature.told.reason = "bodyhash_mismatch";
        }
        reply.signatures.push_back(std::move(signature.told));
    }
    return reply;
}

mail::CheckedSignature checked(const mail::CheckSignature& question)
{
    return sign::check_signature(question.signature, question.key);
}

}
