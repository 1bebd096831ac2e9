// ${if pam{…}} in the calling process: the program `pam` asks with the caller's rights, for -be, -bh and their kind. In
// the services launcher starts it (router/pam_checks.h).
#pragma once

#include "router/pam_checks.h"

namespace gp::sendmail {

class PamRunner final : public router::PamOffice {
public:
    void set_timeout(Duration timeout) { timeout_ = timeout; } // pam_timeout
    Result<launcher::PasswordReply> ask(const launcher::PasswordQuestion& question) override;

private:
    Duration timeout_{30'000};
};

}
