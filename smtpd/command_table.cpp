#include "smtpd/command_table.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr auto before_chunks = Phase::fresh | Phase::greeted | Phase::mail | Phase::rcpt;
constexpr auto always = before_chunks | Phase::chunk;
constexpr std::string_view no_sender = "sender not yet given";

// MAIL, DATA and BDAT look closer themselves, where Exim has different words for different reasons; between
// chunks every refusal is worded alike.
// clang-format off
constexpr std::array table = {
    //      verb        handler             legal in                      else        pipelining           counts as               argument
    Command{"HELO",     &Session::helo,     before_chunks,                {},         Command::ends_group, Command::free_hello,    Command::takes_argument},
    Command{"EHLO",     &Session::ehlo,     before_chunks,                {},         Command::ends_group, Command::free_hello,    Command::takes_argument},
    Command{"LHLO",     &Session::lhlo,     before_chunks,                {},         Command::ends_group, Command::free_hello,    Command::takes_argument},
    Command{"STARTTLS", &Session::starttls, before_chunks,                {},         Command::ends_group, Command::free_starttls, Command::takes_none},
    Command{"AUTH",     &Session::auth,     before_chunks,                {},         Command::ends_group, Command::free_auth,     Command::takes_argument},
    Command{"MAIL",     &Session::mail,     before_chunks,                {},         Command::may_follow, Command::brings_mail,   Command::takes_argument},
    Command{"RCPT",     &Session::rcpt,     Phase::mail | Phase::rcpt,    no_sender,  Command::may_follow, Command::brings_mail,   Command::takes_argument},
    Command{"DATA",     &Session::data,     before_chunks,                {},         Command::ends_group, Command::brings_mail,   Command::takes_none},
    Command{"BDAT",     &Session::bdat,     always,                       {},         Command::any,        Command::brings_mail,   Command::takes_argument},
    Command{"RSET",     &Session::rset,     always,                       {},         Command::may_follow, Command::free_rset,     Command::takes_none},
    Command{"NOOP",     &Session::noop,     always,                       {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
    Command{"QUIT",     &Session::quit,     always,                       {},         Command::any,        Command::brings_mail,   Command::takes_none},
    Command{"HELP",     &Session::help,     before_chunks,                {},         Command::any,        Command::nonmail,       Command::takes_argument},
    Command{"VRFY",     &Session::vrfy,     before_chunks,                {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
    Command{"EXPN",     &Session::expn,     before_chunks,                {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
    Command{"XCLIENT",  &Session::xclient,  before_chunks,                {},         Command::ends_group, Command::free_hello,    Command::takes_argument},
    Command{"XFORWARD", &Session::xforward, before_chunks,                {},         Command::ends_group, Command::free_hello,    Command::takes_argument},
    Command{"WELLKNOWN", &Session::wellknown, before_chunks,              {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
    Command{"ATRN",     &Session::atrn,     before_chunks,                {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
    Command{"ETRN",     &Session::etrn,     before_chunks,                {},         Command::ends_group, Command::nonmail,       Command::takes_argument},
};
// clang-format on

}

std::span<const Command> commands()
{
    return table;
}

const Command* find_command(std::string_view verb)
{
    const auto found =
        std::ranges::find_if(table, [&](const Command& command) { return same_nocase(command.verb, verb); });
    return found == table.end() ? nullptr : &*found;
}

}
