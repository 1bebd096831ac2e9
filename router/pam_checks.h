// Who asks PAM (delivery/local/password_protocol.h): launcher in the services, a tool itself with its caller's rights.
#pragma once

#include "common/ipc/link.h"
#include "delivery/local/password_protocol.h"

namespace gp::router {

class PamOffice {
public:
    virtual ~PamOffice() = default;
    // Suspends, where there is a fiber. An error: it could not be asked for.
    virtual Result<launcher::PasswordReply> ask(const launcher::PasswordQuestion& question) = 0;
};

class LauncherPam final : public PamOffice {
public:
    // `timeout`: pam_timeout, in seconds.
    LauncherPam(ipc::Link& launcher, std::uint32_t timeout) : launcher_(launcher), timeout_(timeout) {}
    Result<launcher::PasswordReply> ask(const launcher::PasswordQuestion& question) override
    {
        constexpr std::chrono::seconds slack{10}; // launcher's own deadline comes first
        return launcher_.call(question, event::Deadline::in(std::chrono::seconds{timeout_} + slack));
    }

private:
    ipc::Link& launcher_;
    const std::uint32_t timeout_;
};

}
