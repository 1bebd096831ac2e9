#include "common/mail/milter_reply.h"

namespace gp::mail {
namespace {

// In Postfix's words.
MilterReply usual_reply(MilterVerdict::Kind kind)
{
    if (kind == MilterVerdict::Kind::reject)
        return {.code = 550, .enhanced = "5.7.1", .text = "Command rejected"};
    if (kind == MilterVerdict::Kind::tempfail)
        return {.code = 451, .enhanced = "4.7.1", .text = "Service unavailable - try again later", .is_temporary = true};
    return {.code = 421, .enhanced = "4.7.0", .text = "Server closing connection", .is_temporary = true, .closes = true};
}

}

MilterReply reply_of(const MilterVerdict& verdict, bool at_connect)
{
    auto reply = usual_reply(verdict.kind);
    if (verdict.code / 100 == reply.code / 100) {
        reply.code = verdict.code;
        if (!verdict.text.empty())
            reply.text = verdict.text;
        if (!verdict.enhanced.empty())
            reply.enhanced = verdict.enhanced;
    }
    // RFC 5321 section 3.1: a client that is greeted with anything but 220 hears 554, or 421.
    if (at_connect)
        reply.code = reply.is_temporary ? 421 : 554;
    return reply;
}

}
