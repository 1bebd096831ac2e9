// The conditions of expansions that check a password somewhere: ldapauth asks a directory, saslauthd its daemon, pam
// the PAM of this machine. The others are refused by name (conf/refused_words.h); a tool that meets one says so.
#pragma once

#include "common/expand/effects.h"
#include "common/lookup/lookups.h"
#include "router/pam_checks.h"

namespace gp::router {

class PasswordChecks final : public expand::PasswordChecks {
public:
    // `saslauthd`: the path of its socket.
    PasswordChecks(const lookup::Lookups& lookups, expand::Sockets& sockets, std::string saslauthd)
        : lookups_(lookups), sockets_(sockets), saslauthd_(std::move(saslauthd))
    {
    }
    // Without one PAM is not asked.
    void ask_pam_with(PamOffice& office) { pam_ = &office; }
    Result<bool> check(std::string_view method, const std::vector<std::string>& arguments) override;

private:
    // user, password, service, realm; the latter two may be missing (manual 11.7).
    Result<bool> ask_saslauthd(const std::vector<std::string>& arguments);

    // The user's name, and the answers to what the modules ask.
    Result<bool> ask_pam(const std::vector<std::string>& arguments);

    PamOffice* pam_ = nullptr;
    const lookup::Lookups& lookups_;
    expand::Sockets& sockets_;
    const std::string saslauthd_;
};

}
