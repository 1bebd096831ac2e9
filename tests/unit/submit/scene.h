// submit between a program and the processes that it asks, which are scripted here.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cleanup/protocol.h"
#include "cleanup/submit/session.h"
#include "common/log/log.h"
#include "router/protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"

namespace gp::submit {

class RouterProcess final : public ipc::Endpoint<router::Caller, router::Ask> {
public:
    router::CallerReply is{.login = "ann", .full_name = "Ann Example"};
    std::vector<router::Caller> callers;
    std::vector<router::Ask> asked;

    Result<router::CallerReply> answer(const router::Caller& caller, ipc::Channel&) override
    {
        callers.push_back(caller);
        auto reply = is;
        if (caller.from_line == "From uucp@far.example Thu Nov 20 10:00:00 2026") { // as the configuration has it
            reply.has_from_line = true;
            reply.from_sender = "uucp@far.example";
        }
        return reply;
    }
    Result<router::AskReply> answer(const router::Ask& ask, ipc::Channel&) override
    {
        asked.push_back(ask);
        router::AskReply reply;
        reply.state.controls = {"freeze"};
        return reply;
    }
};

class CleanupProcess final : public ipc::Endpoint<cleanup::Part, cleanup::Submit, cleanup::Abandon, cleanup::Settled> {
public:
    struct Message {
        cleanup::Submit submit;
        std::string octets;
    };
    std::vector<Message> messages;
    std::map<std::string, std::string> ahead;
    std::vector<std::string> abandoned;
    cleanup::SubmitReply says{.taken = cleanup::Taken::committed};

    Result<cleanup::PartReply> answer(const cleanup::Part& part, ipc::Channel&) override
    {
        ahead[part.id] += part.octets;
        return cleanup::PartReply{};
    }
    Result<cleanup::SubmitReply> answer(const cleanup::Submit& submit, ipc::Channel&) override
    {
        messages.push_back({submit, ahead[submit.envelope.id] + submit.octets});
        return says;
    }
    void notice(const cleanup::Abandon& told, ipc::Channel&) override { abandoned.push_back(told.id); }
    std::set<std::string> settled;
    Result<cleanup::SettledReply> answer(const cleanup::Settled& asked, ipc::Channel&) override
    {
        return cleanup::SettledReply{.committed = settled.contains(asked.id)};
    }
};

class House {
public:
    House()
    {
        log::set_sink([this](const log::Entry& entry) { lines.emplace_back(entry.text); });
        parameters.qualify_domain = "example.org";
        parameters.qualify_recipient = "rcpt.example.org";
        board.connect(to_router, router);
        board.connect(to_cleanup, cleanup);
    }
    ~House() { log::set_sink({}); }

    // As bin/sendmail does it.
    Result<Finish::Reply> send(const Letter& letter, const std::vector<std::string>& pieces, Peer peer = {.uid = 1000, .gid = 1000})
    {
        Session session{peer, parameters, {to_router, to_cleanup}, clock, ids};
        auto [ours, theirs] = test::channel_pair(nullptr, &session);
        const auto said = [&, channel = ours]() -> Result<Finish::Reply> {
            TRY(channel->call(letter, test::soon()));
            for (const auto& piece : pieces)
                TRY(channel->call(Piece{piece}, test::soon()));
            return channel->call(Finish{}, test::soon());
        }();
        ours->close("");
        theirs->close("");
        event::sleep_for(Duration{1});
        return said;
    }
    const cleanup::Submit& submitted() const
    {
        static const cleanup::Submit none;
        EXPECT_FALSE(cleanup.messages.empty());
        return cleanup.messages.empty() ? none : cleanup.messages.back().submit;
    }
    bool said(std::string_view text) const
    {
        return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != line.npos; });
    }

    test::Switchboard board;
    Parameters parameters;
    ManualClock clock;
    mail::MessageIdGenerator ids{clock};
    RouterProcess router;
    CleanupProcess cleanup;
    ipc::Link to_router{"router"}, to_cleanup{"cleanup"};
    std::vector<std::string> lines;
};

inline void play(const std::function<void(House&)>& test)
{
    test::run_fiber([&] {
        House house;
        test(house);
        house.board.hang_up();
    });
}

inline Letter to(std::vector<std::string> recipients)
{
    Letter letter;
    letter.recipients = std::move(recipients);
    return letter;
}

}
