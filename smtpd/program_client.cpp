#include "smtpd/program_client.h"

#include <algorithm>
#include <limits>

#include "common/ipc/codec.h"
#include "common/process/peer.h"
#include "smtpd/protocol.h"

namespace gp::smtpd {
namespace {

constexpr Duration preface_time{10'000};

Status read_exactly(event::Stream& stream, std::span<char> into, event::Deadline until)
{
    while (!into.empty()) {
        const auto got = TRY(stream.read(into, until));
        if (got == 0)
            return temporary("the caller ended within its preface", Cause::closed);
        into = into.subspan(got);
    }
    return {};
}

Result<ProgramCall> read_preface(event::Stream& stream)
{
    const auto until = event::Deadline::in(preface_time);
    std::array<char, program_magic.size() + 4> head;
    TRY(read_exactly(stream, head, until));
    if (std::string_view(head.data(), program_magic.size()) != program_magic)
        return permanent("this socket is for bin/sendmail -bs");
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
        size |= std::size_t{static_cast<unsigned char>(head[program_magic.size() + i])} << (8 * i);
    if (size > most_program_call)
        return permanent("the preface is too long");
    std::string octets(size, '\0');
    TRY(read_exactly(stream, octets, until));
    return ipc::decode<ProgramCall>(octets);
}

}

std::uint32_t patience_with(std::int64_t wanted, bool is_trusted, std::uint32_t usual)
{
    if (wanted < 0)
        return usual;
    const auto own = static_cast<std::uint32_t>(std::min<std::int64_t>(wanted, std::numeric_limits<std::uint32_t>::max()));
    if (is_trusted || usual == 0)
        return own;
    return own == 0 ? usual : std::min(own, usual);
}

Result<Client> describe_program(event::Stream& stream, const Reception& reception)
{
    const auto call = TRY(read_preface(stream));
    const auto peer = TRY(process::peer_of(stream.fd()));
    Client client;
    auto& program = client.program.emplace();
    program.caller = {.uid = peer.uid, .gid = peer.gid, .groups = peer.groups, .sender = {}};
    const auto who = TRY(reception.router.call(
        program.caller, event::Deadline::in(std::chrono::seconds(reception.parameters.router_timeout))));
    TRY(mail::check_reference(call, who.trusted));
    program.reference = call.message_reference;
    program.receive_timeout = patience_with(call.receive_timeout, who.trusted, reception.parameters.smtp_receive_timeout);
    program.full_name = who.full_name;
    program.queue_only = call.queue_only;
    program.queue_smtp_only = call.queue_smtp_only;
    program.deliver_now = call.deliver_now;
    program.waits_for_delivery = call.waits_for_delivery;
    program.dont_deliver = call.dont_deliver;
    program.no_qualifying = call.no_qualifying;
    program.no_fixups = call.no_fixups && who.trusted;
    auto& origin = client.origin;
    origin.uid = peer.uid;
    origin.gid = peer.gid;
    origin.login = who.login;
    origin.ident = who.login;
    origin.trusted = who.trusted;
    if (who.trusted)
        mail::believe(call, origin);
    // A host in front of it (-oMa) makes it a session of that host; otherwise the caller is who is
    // authenticated (manual 11.9, $authenticated_id).
    origin.local = origin.host_address.empty();
    if (!origin.local)
        return client;
    if (origin.authenticated_id.empty())
        origin.authenticated_id = who.login;
    if (origin.authenticated_sender.empty())
        origin.authenticated_sender = who.login + "@" + reception.parameters.qualify_domain;
    return client;
}

}
