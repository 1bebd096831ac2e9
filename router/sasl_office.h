// Logins of driver = cyrus_sasl, each in a process of its own (delivery/local/sasl_protocol.h).
#pragma once

#include <string>

#include "common/auth/library.h"
#include "common/event/deadline.h"
#include "common/event/stream.h"
#include "common/ipc/link.h"

namespace gp::router {

// What both who start the process need: the talk with it.
class SaslTalk final : public auth::LibraryTalk {
public:
    // `ours`: the end of the socket pair; `directory`: sasl_config_directory; `timeout`: sasl_timeout.
    SaslTalk(OwnedFd ours, std::string directory, Duration timeout);
    Status say(const std::vector<std::string>& words) override;
    Result<std::vector<std::string>> hear() override;

private:
    Status fill(std::string& into, std::size_t count);
    event::FdStream stream_;
    const std::string directory_;
    const event::Deadline until_; // of the login as a whole
};

class LauncherSasl final : public auth::Library {
public:
    LauncherSasl(ipc::Link& launcher, std::string directory, Duration timeout)
        : launcher_(launcher), directory_(std::move(directory)), timeout_(timeout)
    {
    }
    Result<std::unique_ptr<auth::LibraryTalk>> start() override;

private:
    ipc::Link& launcher_;
    const std::string directory_;
    const Duration timeout_;
};

}
