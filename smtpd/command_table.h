// Every verb: who runs it, when it is legal, its place in a pipelined group, whether it brings mail.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/smtp/reply.h"

namespace gp::smtpd {

class Session;

// Where a session stands.
enum class Phase : std::uint8_t {
    fresh = 1,   // no EHLO or HELO was accepted
    greeted = 2,
    mail = 4,    // MAIL was accepted
    rcpt = 8,    // and a RCPT
    chunk = 16,  // and a BDAT that was not the last
};

class Phases {
public:
    constexpr Phases(Phase phase) : bits_(static_cast<unsigned>(phase)) {}
    constexpr Phases operator|(Phases other) const { return Phases{bits_ | other.bits_}; }
    constexpr bool has(Phase phase) const { return (bits_ & static_cast<unsigned>(phase)) != 0; }

private:
    constexpr explicit Phases(unsigned bits) : bits_(bits) {}
    unsigned bits_;
};
constexpr Phases operator|(Phase a, Phase b)
{
    return Phases{a} | b;
}

struct Command {
    std::string_view verb;
    smtp::Reply (Session::*run)(std::string_view argument);
    Phases allowed_in;
    std::string_view out_of_phase; // of 503, in any other phase but chunk
    // RFC 2920 section 3.1, as Exim enforces it: `any` may be followed even where PIPELINING was not offered.
    enum Pipelining { may_follow, ends_group, any } pipelining;
    enum Mail { brings_mail, free_hello, free_rset, free_starttls, free_auth, nonmail } counts;
    enum Arguments { takes_argument, takes_none } arguments;
};

std::span<const Command> commands();
const Command* find_command(std::string_view verb); // without regard to case

}
