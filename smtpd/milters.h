// The milters of one session, asked through cleanup: each command that our own policy has accepted is told to them, and
// what they refuse is refused. Without milters nothing of this costs anything.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cleanup/protocol.h"
#include "common/smtp/path.h"
#include "smtpd/policy.h"

namespace gp::smtpd {

class Milters {
public:
    // `origin` is the session's own, as it comes to be known.
    Milters(const Reception& reception, const mail::Origin& origin) : reception_(reception), origin_(origin) {}

    Decision connect();
    Decision helo(std::string_view name);
    Decision mail(const std::string& sender, const std::vector<smtp::Parameter>& parameters);
    Decision rcpt(const std::string& recipient, const std::vector<smtp::Parameter>& parameters);
    Decision data();
    Decision unknown(std::string_view line);

    void message_is_over() { in_message_ = false; } // they have heard its end
    void abort();                                   // of a message that does not come, or that was refused
    void quit();

    // Where the message must go.
    std::uint64_t session() const { return session_; } // 0: anywhere
    std::shared_ptr<ipc::Channel> cleanup() const { return channel_; }

private:
    bool are_there() const { return reception_.parameters.milter_set != 0; }
    Decision tell(mail::MilterEvent event, std::string argument, const std::vector<smtp::Parameter>& parameters = {});
    Decision begin();
    void end(bool only_message);

    const Reception& reception_;
    const mail::Origin& origin_;
    std::shared_ptr<ipc::Channel> channel_;
    std::uint64_t session_ = 0;
    bool in_message_ = false;
};

}
