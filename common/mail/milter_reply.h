// What an SMTP client hears when a milter refuses: at a command, and at the end of the message.
#pragma once

#include <cstdint>
#include <string>

#include "common/mail/milter.h"

namespace gp::mail {

struct MilterReply {
    std::uint32_t code = 0;
    std::string enhanced, text; // text: lines separated by \n
    bool is_temporary = false;
    bool closes = false;        // the connection is closed behind it
};

// Of a refusal (MilterVerdict::is_refusal). A milter may word it, and choose a code of the same kind.
MilterReply reply_of(const MilterVerdict& verdict, bool at_connect = false);

}
