// driver = cyrus_sasl: the Cyrus SASL library is code of others that parses what strangers say, so it is loaded into no
// service. Router asks launcher, whose child becomes sasl_user with sasl_groups and turns into the program `sasl`
// (router/sasl), which talks to router over the socket until the login has ended.
#pragma once

#include <string_view>

#include "common/ipc/message.h"

namespace gp::launcher {

struct SaslReply {
    static void fields(auto&, auto&&) {}
};

// "Let it judge a login, at the other end of this." Answered when the login has ended; router does not wait for that. An
// error with Cause::refused: the configuration has no such authenticator.
struct SaslQuestion {
    static constexpr std::string_view name = "judge_login";
    using Reply = SaslReply;
    ipc::Fd talk;
    static void fields(auto& self, auto&& field) { field("talk", self.talk); }
};

}
