// -v: what the log says of the messages that the caller hands in, on standard error as it is written, up to
// the end of their first attempts (manual 5.3). All of it happens on a fiber of the caller's loop.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/ipc/endpoint.h"
#include "master/sendmail/instance.h"
#include "qmgr/protocol.h"

namespace gp::sendmail {

class Spectator final : public ipc::Endpoint<qmgr::LogLine> {
public:
    // To be called before the message is handed in. When qmgr cannot be asked, says so and shows nothing.
    explicit Spectator(const Instance& instance);
    ~Spectator() override;

    void show(std::string_view line) const;
    void wait_for(const std::string& id) const; // until its first attempt is over
    void notice(const qmgr::LogLine& line, ipc::Channel& from) override;

private:
    std::shared_ptr<ipc::Channel> channel_;
    std::set<std::string, std::less<>> told_of_; // messages that the log has said something of
};

}
