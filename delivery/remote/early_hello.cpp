// PIPECONNECT (manual 30.4, hosts_pipe_connect): a host that offered it the last time is told EHLO before it has greeted,
// and with EHLO what may follow in one group: STARTTLS, AUTH, or MAIL, RCPT and DATA. It saves a round trip for the greeting
// and one for the answer to EHLO.
//
// What is said so rests on an answer to an earlier EHLO. The answer to this one is read before the message goes out: octets
// of a message would be commands to a host that knows BDAT no more. When it differs, what was remembered is forgotten, this
// connection counts for nothing, and another one is made on which each answer is waited for.

#include "common/base/text.h"
#include "delivery/remote/client_session.h"

namespace gp::remote {
namespace {

// Or of one of ours, which counts as it does.
bool is_greeting_of_exim(std::string_view line)
{
    return line.find(" ESMTP Exim ") != line.npos || line.find(" ESMTP Gatepost ") != line.npos;
}

// What a client makes use of. The number behind SIZE is left out, for it may follow the space on a disk.
std::string essence(smtp::Extensions offered)
{
    if (offered.size)
        offered.size = 0;
    offered.xforward = offered.xclient = offered.vrfy = offered.expn = offered.etrn = offered.atrn = offered.help = false;
    offered.enhanced_status_codes = false;
    return join(smtp::extension_lines(offered), "\n");
}

smtp::Extensions extensions_in(const std::string& essence)
{
    std::vector<std::string> lines{std::string{}};
    for (const auto line : split(essence, '\n'))
        lines.emplace_back(line);
    return smtp::parse_extensions(lines);
}

}

// True: EHLO goes out with what comes next, and offered_ is what the host offered the last time.
Result<bool> ClientSession::says_hello_early(const Conditions& conditions, const std::string& command)
{
    early_.key.clear();
    if (!conditions.recall_hello || conditions.options.hosts_pipe_connect.empty() || !conditions.protocol.falls_back_to_helo)
        return false;
    if (!TRY(conditions.lists.match("hosts_pipe_connect", conditions.options.hosts_pipe_connect, host_.host_name, host_.address)))
        return false;
    // The way there counts, for a host may treat one of our addresses otherwise than another.
    early_.key = net::SocketAddress{host_.address, host_.port}.text() + ' ' + (wire_.tls() ? "TLS " : "") + command + ' ' +
                 conditions.options.interface_list + ' ' + conditions.options.socks_proxy;
    early_.remembered = conditions.recall_hello(early_.key);
    auto offered = extensions_in(early_.remembered);
    if (!conditions.pipes_early || !offered.early_pipe)
        return false;
    offered_ = std::move(offered);
    early_.command = command;
    early_.unsent = command + "\r\n";
    early_.owes_hello = early_.was_used = true;
    return true;
}

// After an answer that was waited for.
void ClientSession::note_hello(const Conditions& conditions)
{
    if (early_.key.empty() || !conditions.keep_hello)
        return;
    const auto offered = offered_.early_pipe ? essence(offered_) : std::string{};
    if (offered != early_.remembered)
        conditions.keep_hello(early_.key, offered);
}

std::optional<Trouble> ClientSession::catch_up(const Conditions& conditions)
{
    if (!is_early())
        return std::nullopt;
    if (!early_.unsent.empty()) // a failure has its reason in what can still be read
        (void)!write({}, wait_for(Step::ehlo, conditions.options, conditions.until));
    const bool rests_on_memory = early_.owes_hello;
    auto trouble = take_banner(conditions);
    const bool is_our_wish = trouble && trouble->error_number == error_event;
    if (!trouble && early_.owes_hello)
        trouble = take_early_answer(conditions);
    if (!trouble || !rests_on_memory || is_our_wish)
        return trouble;
    // Who takes EHLO for bad manners now is asked again in the old way. One that is silent has had its time.
    early_.says_otherwise = trouble->error_number != ETIMEDOUT;
    if (conditions.keep_hello)
        conditions.keep_hello(early_.key, {});
    return trouble;
}

std::optional<Trouble> ClientSession::take_banner(const Conditions& conditions)
{
    if (!early_.owes_banner)
        return std::nullopt;
    auto banner = read(conditions, place(Step::connection));
    early_.owes_banner = false;
    if (auto* trouble = std::get_if<Trouble>(&banner))
        return std::move(*trouble);
    const auto& reply = std::get<ServerReply>(banner);
    is_exim_ = !reply.lines.empty() && is_greeting_of_exim(reply.lines.front());
    return reply.kind() == '2' ? refused_by_event(conditions, "smtp:connect", reply) : refused(place(Step::connection), reply);
}

std::optional<Trouble> ClientSession::take_early_answer(const Conditions& conditions)
{
    const auto at = place(Step::ehlo, early_.command);
    auto answer = read(conditions, at);
    early_.owes_hello = false;
    if (auto* trouble = std::get_if<Trouble>(&answer))
        return std::move(*trouble);
    const auto& reply = std::get<ServerReply>(answer);
    if (reply.kind() != '2')
        return refused(at, reply);
    take_hello(conditions, reply);
    if (essence(offered_) == early_.remembered)
        return std::nullopt;
    return Trouble{.fault = Fault::host,
                   .connection_lost = true,
                   .text = "the answer to " + early_.command + " is not what it was before",
                   .error_number = error_smtp_format};
}

Status ClientSession::write(std::string_view octets, event::Deadline until)
{
    if (early_.unsent.empty())
        return wire_.write(octets, until);
    return wire_.write(std::exchange(early_.unsent, {}).append(octets), until);
}

}
