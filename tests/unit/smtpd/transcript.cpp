#include "tests/unit/smtpd/transcript.h"

#include "smtpd/room.h"

#include "common/log/log.h"
#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"

namespace gp::smtpd {

// --- the other processes ---

Result<router::AskReply> RouterProcess::answer(const router::Ask& ask, ipc::Channel&)
{
    asked.push_back(ask);
    if (on_ask)
        return on_ask(ask);
    router::AskReply reply;
    reply.state = ask.state;
    return reply;
}

Result<router::GreetReply> RouterProcess::answer(const router::Greet& greet, ipc::Channel&)
{
    return on_greet ? on_greet(greet) : Result<router::GreetReply>{router::GreetReply{}};
}

Result<cleanup::PartReply> CleanupProcess::answer(const cleanup::Part& part, ipc::Channel& from)
{
    if (on_part)
        on_part(part, from);
    auto& message = ahead_[part.id];
    if (part.offset != message.octets.size() || part.octets.size() > cleanup::part_size)
        return permanent("part out of order");
    message.octets += part.octets;
    ++message.parts;
    return cleanup::PartReply{};
}

Result<cleanup::SubmitReply> CleanupProcess::answer(const cleanup::Submit& submit, ipc::Channel& from)
{
    if (on_submit)
        return on_submit(submit, from);
    auto& message = ahead_[submit.envelope.id];
    EXPECT_EQ(submit.offset, message.octets.size());
    message.octets += submit.octets;
    message.envelope = submit.envelope;
    message.state = submit.state;
    message.is_refused = submit.is_refused;
    message.discarded_by = submit.discarded_by;
    messages.push_back(std::move(message));
    ahead_.erase(submit.envelope.id);
    cleanup::SubmitReply reply;
    reply.taken = cleanup::Taken::committed;
    reply.state = submit.state;
    return reply;
}

Result<cleanup::SettledReply> CleanupProcess::answer(const cleanup::Settled& settled, ipc::Channel&)
{
    return on_settled ? on_settled(settled.id) : Result<cleanup::SettledReply>{cleanup::SettledReply{}};
}

void CleanupProcess::notice(const cleanup::Abandon& abandon, ipc::Channel&)
{
    abandoned.push_back(abandon.id);
    ahead_.erase(abandon.id);
}

// --- the client ---

Caller& Caller::hears(std::string_view text)
{
    return sends(std::string(text) + "\r\n");
}

Caller& Caller::sends(std::string_view octets)
{
    (void)stream_->write(octets, test::soon()); // a session may have closed already
    return *this;
}

std::string Caller::line()
{
    const auto got = reader_.read_line(10'000, test::soon());
    if (!got || got->eof)
        return "<closed>";
    EXPECT_EQ(got->end, event::LineEnd::crlf) << got->text;
    return got->text;
}

std::string Caller::reply()
{
    std::string out;
    for (;;) {
        const auto text = line();
        out += out.empty() ? text : "|" + text;
        if (text.size() < 4 || text[3] != '-')
            return out;
    }
}

Caller& Caller::says(std::string_view start)
{
    const auto text = line();
    EXPECT_TRUE(text.starts_with(start)) << "said: " << text << "\nnot:  " << start;
    return *this;
}

Caller& Caller::skips_to(std::string_view start)
{
    for (auto text = line(); !text.starts_with(start); text = line())
        if (text == "<closed>") {
            ADD_FAILURE() << "never said: " << start;
            break;
        }
    return *this;
}

Caller& Caller::is_closed()
{
    EXPECT_EQ(line(), "<closed>");
    return *this;
}

Caller& Caller::is_silent()
{
    event::sleep_for(Duration{20});
    EXPECT_FALSE(reader_.has_input());
    return *this;
}

void Caller::switch_to(event::Stream& stream)
{
    reader_.discard_buffered();
    stream_ = &stream;
    reader_.switch_to(stream);
}

Caller& Caller::greets()
{
    return says("220 ").hears("EHLO client.example").skips_to("250 ");
}

Caller& Caller::begins(std::string_view recipient)
{
    greets().hears("MAIL FROM:<a@b.example>").says("250 ");
    return hears("RCPT TO:<" + std::string(recipient) + ">").says("250 ");
}

// --- the stage ---

Transcript::Transcript()
{
    parameters.primary_hostname = "mx.example.org";
    parameters.qualify_domain = "example.org";
    parameters.software = "Exim 4.96";
    parameters.greeting_is_constant = true;
    parameters.phases = std::uint64_t{1} << static_cast<unsigned>(router::Phase::rcpt);
    parameters.smtp_accept_max = 0;
    parameters.log_smtp_connection = parameters.log_smtp_syntax_error = parameters.log_smtp_protocol_error = true;
    parameters.log_smtp_incomplete_transaction = parameters.log_smtp_no_mail = true;
    log::set_sink([this](const log::Entry& entry) {
        (entry.file == log::File::reject ? reject_log : main_log).emplace_back(entry.text);
    });
}

Transcript::~Transcript()
{
    log::set_sink(nullptr);
}

bool Transcript::logged(std::string_view text) const
{
    return std::ranges::any_of(main_log, [&](const std::string& line) { return line.find(text) != line.npos; });
}

bool Transcript::logged_reject(std::string_view text) const
{
    return std::ranges::any_of(reject_log, [&](const std::string& line) { return line.find(text) != line.npos; });
}

std::string Transcript::logs() const
{
    std::string out;
    for (const auto& line : main_log)
        out += line + "\n";
    return out;
}

void Transcript::play(const std::function<void(Caller&)>& script)
{
    test::run_fiber([&] {
        auto [router_here, router_there] = test::channel_pair(nullptr, &router);
        RoomView room{parameters, waiting};
        auto [cleanup_here, cleanup_there] = test::channel_pair(&room, &cleanup);
        auto [spare_here, spare_there] = test::channel_pair(nullptr, &spare_cleanup);
        ipc::Link to_router{"router"}, to_cleanup{"cleanup"};
        to_router.add(router_here);
        room.follow(to_cleanup);
        to_cleanup.add(cleanup_here);
        event::sleep_for(Duration{1}); // cleanup has said how much room there is
        if (with_spare_cleanup)
            to_cleanup.add(spare_here);
        mail::MessageIdGenerator ids{clock};
        Connections connections{parameters};
        Reception reception{.parameters = parameters,
                            .router = to_router,
                            .cleanup = to_cleanup,
                            .tls = tls,
                            .ids = ids,
                            .clock = clock,
                            .connections = connections,
                            .room = room,
                            .waiting = &waiting};
        auto [here, there] = test::stream_pair();
        event::Notice ended;
        test::also("session", [&, stream = there.get()] {
            Client who;
            who.program = program;
            if (program) {
                who.origin.login = who.origin.ident = "carol";
                who.origin.authenticated_sender = "carol@example.org";
                who.origin.local = true;
                who.origin.trusted = trusted;
            } else {
                who.origin.host_address = "192.0.2.1";
                who.origin.host_port = 1025;
                who.origin.interface_address = "192.0.2.25";
                who.origin.interface_port = 25;
            }
            who.tls_on_connect = tls_on_connect;
            who.lmtp = lmtp;
            const auto place = connections.admit(who.origin.host_address);
            Session{*stream, std::move(who), reception}.run();
            stream->finish();
            ended.notify();
        });
        Caller client{*here};
        if (!client_speaks_first.empty())
            client.sends(client_speaks_first);
        script(client);
        here.reset(); // hangs up
        EXPECT_TRUE(ended.wait(test::soon()));
        event::sleep_for(Duration{1}); // notices leave at the end of the turn
        router_here->close("end of the test");
        cleanup_here->close("end of the test");
        spare_here->close("end of the test");
        event::sleep_for(Duration{1}); // the room hears at the end of this turn that they are gone
    });
}

}
