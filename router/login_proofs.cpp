#include "router/login_proofs.h"

#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/expand/digest.h"
#include "router/switches_protocol.h"

namespace gp::router {

LoginProofs::LoginProofs(std::string secret, std::chrono::seconds lifetime, const Clock& clock)
    : secret_(std::move(secret)), lifetime_(lifetime), clock_(clock)
{
}

Result<LoginProofs> LoginProofs::make(std::string secret, std::chrono::seconds lifetime, const Clock& clock)
{
    if (secret.size() != secret_size)
        return misconfigured("the secret that logins are proven with has " + std::to_string(secret.size()) + " octets and not " +
                             std::to_string(secret_size));
    return LoginProofs{std::move(secret), lifetime, clock};
}

// The id comes last: of the others none can hold a NUL.
Result<std::string> LoginProofs::seal(std::string_view until, const mail::Origin& origin, std::string_view authenticator, std::string_view id) const
{
    std::string text;
    for (const auto part : {until, std::string_view(origin.host_address), authenticator}) {
        text += part;
        text += '\0';
    }
    return hex_encode(TRY(expand::keyed_digest(expand::Digest::sha256, secret_, text + std::string(id))));
}

Result<std::string> LoginProofs::give(const mail::Origin& origin, std::string_view authenticator, std::string_view id) const
{
    const auto until = std::to_string(clock_.seconds() + lifetime_.count());
    return std::string(login_proof_is) + until + "." + TRY(seal(until, origin, authenticator, id));
}

Status LoginProofs::check(const mail::Origin& origin, const std::vector<std::string>& switches) const
{
    const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_.seconds()));
    bool is_too_old = false;
    for (std::string_view word : switches) {
        if (!word.starts_with(login_proof_is))
            continue;
        word.remove_prefix(login_proof_is.size());
        const auto dot = word.find('.');
        const auto until = parse_unsigned(word.substr(0, dot));
        if (dot == std::string_view::npos || !until)
            continue;
        const auto seal_of_it = TRY(seal(word.substr(0, dot), origin, origin.authenticator, origin.authenticated_id));
        if (!expand::same_secret(seal_of_it, word.substr(dot + 1)))
            continue;
        if (*until > now)
            return {};
        is_too_old = true;
    }
    if (is_too_old)
        return permanent("the login was too long ago (atrn_login_lifetime)");
    return permanent("the login \"" + origin.authenticated_id + "\" was not made here by AUTH or a certificate, but at a proxy, "
                     "by a local user, or by nobody");
}

}
