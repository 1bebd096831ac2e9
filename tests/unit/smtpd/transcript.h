// A session against a client that the test plays, with real IPC to a router and a cleanup in this process.
//
//     Transcript session;
//     session.play([](Caller& client) {
//         client.says("220 ");
//         client.hears("EHLO client.example").skips_to("250 ");
//     });
#pragma once

#include "common/event/line_reader.h"
#include "common/ipc/endpoint.h"
#include "common/mail/message_id.h"
#include "common/smtp/dot_stream.h"
#include "smtpd/session.h"
#include "smtpd/waiting_clients.h"
#include "cleanup/protocol.h"
#include "router/protocol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gp::smtpd {

// A router process: says what the test tells it to.
class RouterProcess : public ipc::Endpoint<router::Ask, router::Greet, router::Caller> {
public:
    std::function<Result<router::AskReply>(const router::Ask&)> on_ask;
    std::function<Result<router::GreetReply>(const router::Greet&)> on_greet;
    std::vector<router::Ask> asked;
    router::CallerReply caller; // what a local program is told

    Result<router::AskReply> answer(const router::Ask& ask, ipc::Channel&) override;
    Result<router::GreetReply> answer(const router::Greet& greet, ipc::Channel&) override;
    Result<router::CallerReply> answer(const router::Caller&, ipc::Channel&) override { return caller; }
};

// A cleanup process: keeps the messages it gets.
class CleanupProcess : public ipc::Endpoint<cleanup::Part, cleanup::Submit, cleanup::Abandon, cleanup::WatchRoom, cleanup::Settled,
                                            cleanup::MilterQuestion, cleanup::EndMilters> {
public:
    struct Message {
        mail::Envelope envelope;
        mail::PolicyState state;
        std::string octets;
        std::size_t parts = 0;
        bool is_refused = false;
        std::string discarded_by = {};
    };
    cleanup::Room room;
    std::vector<Message> messages;
    std::vector<std::string> abandoned;
    std::function<Result<cleanup::SubmitReply>(const cleanup::Submit&, ipc::Channel&)> on_submit;
    std::function<void(const cleanup::Part&, ipc::Channel&)> on_part;
    std::function<Result<cleanup::SettledReply>(const std::string& id)> on_settled;
    std::function<cleanup::MilterAnswer(const cleanup::MilterQuestion&)> on_milter;
    std::size_t open_parts() const { return ahead_.size(); } // messages that neither ended nor were abandoned

    Result<cleanup::PartReply> answer(const cleanup::Part& part, ipc::Channel&) override;
    Result<cleanup::SubmitReply> answer(const cleanup::Submit& submit, ipc::Channel&) override;
    Result<cleanup::Room> answer(const cleanup::WatchRoom&, ipc::Channel&) override { return room; }
    Result<cleanup::SettledReply> answer(const cleanup::Settled& settled, ipc::Channel&) override;
    Result<cleanup::MilterAnswer> answer(const cleanup::MilterQuestion& question, ipc::Channel&) override
    {
        return on_milter ? on_milter(question) : cleanup::MilterAnswer{};
    }
    Result<ipc::Done> answer(const cleanup::EndMilters&, ipc::Channel&) override { return ipc::Done{}; }
    void notice(const cleanup::Abandon& abandon, ipc::Channel&) override;

private:
    std::map<std::string, Message> ahead_;
};

// The client's end; every method runs on the test's fiber.
class Caller {
public:
    explicit Caller(event::Stream& stream) : stream_(&stream), reader_(stream) {}

    Caller& hears(std::string_view line);  // sends a line with CRLF
    Caller& sends(std::string_view octets); // as they are
    Caller& says(std::string_view start);  // the next line of a reply begins so
    Caller& skips_to(std::string_view start); // lines until one begins so
    std::string line();                    // the next one; "<closed>" at the end
    std::string reply();                   // all lines of the next reply, joined by |
    Caller& is_closed();                   // nothing more comes
    Caller& is_silent();                   // nothing comes for a moment
    void switch_to(event::Stream& stream);
    event::Stream& stream() { return *stream_; }

    // EHLO, MAIL, RCPT with the answers that are usual.
    Caller& greets();
    Caller& begins(std::string_view recipient = "x@example.org");

private:
    event::Stream* stream_;
    event::LineReader reader_;
};

struct Transcript {
    Parameters parameters;
    ManualClock clock;
    RouterProcess router;
    CleanupProcess cleanup, spare_cleanup;
    bool with_spare_cleanup = false;
    std::optional<Program> program; // the client is one of this machine, of the user "carol"
    bool trusted = false;           // and trusted
    WaitingClients waiting;
    const tls::Context* tls = nullptr;
    bool tls_on_connect = false;
    bool lmtp = false;
    std::string client_speaks_first; // before the session begins
    std::vector<std::string> main_log, reject_log;

    Transcript();
    ~Transcript();
    void play(const std::function<void(Caller&)>& client);
    // The main log has a line that contains this.
    bool logged(std::string_view text) const;
    bool logged_reject(std::string_view text) const;
    std::string logs() const;
};

}
