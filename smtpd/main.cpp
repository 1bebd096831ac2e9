// smtpd: receives mail by SMTP, ESMTP and over TLS.
//
// Serves clients on the listeners that master hands over, one fiber for each. Sees no file, makes no
// connection, holds no key: every decision is asked from router, every message goes to cleanup, and each
// TLS handshake is signed by keyd. What it must know is in its parameter block (smtpd/parameters.h).

#include "common/base/counters.h"
#include "common/log/log.h"
#include "common/mail/date.h"
#include "common/process/peer.h"
#include "common/process/per_user.h"
#include "common/service/boot.h"
#include "common/tls/context.h"
#include "common/tls/keyd/protocol.h"
#include "smtpd/backlog.h"
#include "smtpd/certificates.h"
#include "smtpd/program_client.h"
#include "smtpd/room.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr std::chrono::seconds signing_time{30};

tls::Signer signer_at(ipc::Link& keys, std::uint32_t key)
{
    return [&keys, key](const tls::SignRequest& request) -> Result<std::string> {
        keyd::Sign question;
        question.key = key;
        question.digest = request.digest;
        question.pss = request.pss;
        question.block = request.block;
        return TRY(keys.call(question, event::Deadline::in(signing_time))).signature;
    };
}

// bin/sendmail -bs. Limits of connections are of hosts: a program runs on behalf of a user of this machine.
void receive_program(Reception& reception, process::PerUser& programs, OwnedFd socket)
{
    event::FdStream stream{std::move(socket)};
    const auto caller = process::peer_of(stream.fd());
    const auto place = caller ? programs.admit(caller->uid) : std::nullopt;
    if (!place) {
        if (caller)
            log::warning("uid " + std::to_string(caller->uid) + " has too many SMTP sessions (" +
                         std::to_string(programs.most()) + ", submit_connections_per_uid)");
        return turn_away(stream, "Too many sessions of this user; please try later");
    }
    auto client = describe_program(stream, reception);
    if (client)
        return Session{stream, std::move(*client), reception}.run();
    log::warning("a program on run/smtp: " + client.error().text);
    turn_away(stream, client.error().cause == Cause::refused ? client.error().text : "Temporary local problem - please try later");
}

// One client, from its socket to its last word.
void receive(Reception& reception, process::PerUser& programs, service::Client accepted)
{
    if (accepted.peer.ss_family == AF_UNIX)
        return receive_program(reception, programs, std::move(accepted.socket));
    const bool tls_on_connect = accepted.listener && (accepted.listener->flags & service::tls_on_connect);
    auto client = describe_client(accepted.socket.get(), reinterpret_cast<const sockaddr*>(&accepted.peer),
                                  accepted.peer_length, reception.parameters);
    client.tls_on_connect = tls_on_connect;
    static const std::string process = std::to_string(::getpid()) + ".";
    static std::uint64_t connections = 0;
    client.origin.connection_id = process + std::to_string(++connections);
    client.lmtp = accepted.listener && (accepted.listener->flags & service::lmtp);
    client.needs_login = accepted.listener && (accepted.listener->flags & service::submission);
    event::FdStream stream{std::move(accepted.socket)};
    const auto admission = reception.connections.admit(client.origin.host_address);
    count(admission.place ? "smtp_sessions" : "smtp_refused");
    if (!admission.place) {
        Trace{reception.parameters, client.origin, {tls_on_connect}}.refused_connection(admission.log);
        if (!tls_on_connect)
            turn_away(stream, admission.reply);
        return;
    }
    client.origin.connections = reception.connections.in_all();
    Session{stream, std::move(client), reception}.run();
}

}
}

int main(int argc, char** argv)
{
    using namespace gp;

    service::Boot boot{"smtpd", argc, argv};
    const auto parameters = boot.parameters<smtpd::Parameters>();
    (void)mail::zone_offset(0); // the zone's rules are read while there are files
    auto jailed = std::move(boot).enter_jail();

    auto& router = jailed.dial("router");
    std::unique_ptr<smtpd::Certificates> certificates;
    if (!parameters.tls_certificates.empty()) {
        auto& keys = jailed.dial("keyd");
        auto made = smtpd::Certificates::make(parameters, [&keys](std::uint32_t key) { return smtpd::signer_at(keys, key); }, router,
                                              [&keys] { return keys.call(keyd::AskTicketKeys{}, event::Deadline::in(smtpd::signing_time)); });
        if (!made)
            service::Boot::die("TLS: " + made.error().text);
        certificates = std::move(*made);
    }
    const SystemClock clock;
    mail::MessageIdGenerator ids{clock};
    smtpd::Connections connections{parameters};
    process::PerUser programs{parameters.submit_connections_per_uid};
    smtpd::WaitingClients waiting;
    smtpd::RoomView room{parameters, waiting};
    auto& cleanup = jailed.dial("cleanup", &room);
    room.follow(cleanup);
    smtpd::Reception reception{.parameters = parameters,
                               .router = router,
                               .cleanup = cleanup,
                               .tls = certificates ? &certificates->usual() : nullptr,
                               .ids = ids,
                               .clock = clock,
                               .connections = connections,
                               .room = room,
                               .waiting = &waiting,
                               .certificates = certificates.get()};
    smtpd::BacklogMonitor backlog{parameters.smtp_backlog_monitor, clock};
    service::Serving serving;
    serving.on_accept = [&](const service::ListenerInfo& listener) { backlog.look_at(listener.fd); };
    serving.on_client = [&](service::Client client) { smtpd::receive(reception, programs, std::move(client)); };
    return jailed.serve(serving);
}
