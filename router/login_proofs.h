// That a client has logged in here: what router gives with a successful AUTH, and wants to see again where a login opens more
// than any client of smtpd could have by itself (ATRN: other people's mail). smtpd, which speaks with strangers, carries the
// proof among the switches of the session's state and cannot make one: it is sealed with a secret of the routers that one
// configuration started (block "login_secret"), good for one login from one address, and for a while.
//
// It rests on what smtpd has said while the client logged in: a certificate (driver tls) and the client's address are smtpd's
// word, a password is not.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/mail/envelope.h"

namespace gp::router {

class LoginProofs {
public:
    static constexpr std::size_t secret_size = 32;
    // `secret`: of secret_size octets; another size is an error. `lifetime`: of a proof.
    static Result<LoginProofs> make(std::string secret, std::chrono::seconds lifetime, const Clock& clock);

    // The switch for a client at origin.host_address that has logged in by this authenticator with this $authenticated_id.
    Result<std::string> give(const mail::Origin& origin, std::string_view authenticator, std::string_view id) const;
    // An error: the login that `origin` names is proven by none of the switches; the text says why.
    Status check(const mail::Origin& origin, const std::vector<std::string>& switches) const;

private:
    LoginProofs(std::string secret, std::chrono::seconds lifetime, const Clock& clock);
    Result<std::string> seal(std::string_view until, const mail::Origin& origin, std::string_view authenticator, std::string_view id) const;

    std::string secret_;
    std::chrono::seconds lifetime_;
    const Clock& clock_;
};

}
