// A cleanup service in one process with the tests: real IPC to a spoold that keeps what is committed, to a router
// that says what the test wants, and to the real reader of scan.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "cleanup/intake.h"
#include "cleanup/scan/reader.h"
#include "common/log/log.h"
#include "common/spool/fields.h"
#include "router/expansion_protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"
#include "tests/support/temp_dir.h"

namespace gp::cleanup {

class SpoolProcess final : public ipc::Endpoint<spoold::LargePart, spoold::Commit, spoold::LargeAbandon,
                                                spoold::IsCommitted, spoold::WatchSpace> {
public:
    struct Kept {
        spoold::Commit commit;
        mail::Envelope envelope;
    };
    std::vector<Kept> kept;
    std::map<std::string, std::string> large;
    std::vector<std::string> abandoned;
    std::function<Status(const spoold::Commit&, ipc::Channel&)> on_commit;
    spoold::Space space;
    bool says_committed = false;
    Duration part_delay{0};

    Result<ipc::Done> answer(const spoold::LargePart& part, ipc::Channel&) override
    {
        if (part_delay.count() > 0)
            event::sleep_for(part_delay);
        auto& body = large[part.id];
        if (part.offset != body.size())
            return permanent("out of order");
        body += part.octets;
        return ipc::Done{};
    }
    Result<ipc::Done> answer(const spoold::Commit& commit, ipc::Channel& from) override
    {
        if (on_commit)
            TRY(on_commit(commit, from));
        auto envelope = TRY(spool::decode_envelope(commit.envelope));
        kept.push_back({commit, std::move(envelope)});
        return ipc::Done{};
    }
    void notice(const spoold::LargeAbandon& told, ipc::Channel&) override { abandoned.push_back(told.id); }
    Result<spoold::IsCommittedReply> answer(const spoold::IsCommitted&, ipc::Channel&) override
    {
        return spoold::IsCommittedReply{says_committed};
    }
    Result<spoold::Space> answer(const spoold::WatchSpace&, ipc::Channel&) override { return space; }
};

class RouterProcess final : public ipc::Endpoint<router::Ask, router::ExpandOption> {
public:
    std::vector<router::Ask> asked;
    router::AskReply says;
    std::map<std::string, std::string> options; // by name

    Result<router::AskReply> answer(const router::Ask& ask, ipc::Channel&) override
    {
        asked.push_back(ask);
        auto reply = says;
        reply.state.variables.insert(reply.state.variables.end(), ask.state.variables.begin(), ask.state.variables.end());
        return reply;
    }
    Result<router::ExpandOption::Reply> answer(const router::ExpandOption& question, ipc::Channel&) override
    {
        if (!options.contains(question.option))
            return temporary("no such option here");
        router::ExpandOption::Reply reply;
        reply.text = options[question.option];
        return reply;
    }
};

// What an smtpd hears of the spool's room.
class Ears final : public ipc::Endpoint<Room, StillThere> {
public:
    std::vector<Room> heard;
    bool client_is_there = true;
    bool dies = false; // when it is asked
    std::vector<std::string> asked_about;
    Result<StillThereReply> answer(const StillThere& question, ipc::Channel& from) override
    {
        asked_about.push_back(question.id);
        if (dies)
            from.close("killed");
        return StillThereReply{client_is_there};
    }
    void notice(const Room& room, ipc::Channel&) override { heard.push_back(room); }
};

class Scene {
public:
    Scene()
    {
        log::set_sink([this](const log::Entry& entry) { lines.emplace_back(entry.text); });
        parameters.primary_hostname = "mx.example.org";
        parameters.qualify_domain = "example.org";
        parameters.qualify_recipient = "rcpt.example.org";
        board.connect(to_spoold, spool, &room);
        board.connect(to_router, router);
        board.connect(to_scan, scan);
    }
    ~Scene() { log::set_sink({}); }

    // What a client of ours has: smtpd, submit or bounce.
    ipc::Channel& client()
    {
        if (!intake_) {
            intake_ = std::make_unique<Intake>(parameters, Services{to_router, to_spoold, to_scan}, room, clock);
            client_ = board.connect(*intake_, &ears);
        }
        return *client_;
    }
    Result<SubmitReply> submit(const Submit& message)
    {
        auto reply = client().call(message, test::soon());
        EXPECT_TRUE(reply) << reply.error().text;
        return reply ? std::move(reply) : SubmitReply{};
    }
    // The one message that was committed.
    const SpoolProcess::Kept& kept()
    {
        EXPECT_EQ(spool.kept.size(), 1u);
        static const SpoolProcess::Kept none;
        return spool.kept.empty() ? none : spool.kept.back();
    }
    bool said(std::string_view text) const
    {
        return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != line.npos; });
    }

    test::Switchboard board;
    Parameters parameters;
    ManualClock clock;
    SpoolProcess spool;
    RouterProcess router;
    test::TempDir scratch;
    scan::Reader scan{Registry<scan::Scanner>{}, scan::Scratch{scratch.path()}};
    RoomKeeper room;
    Ears ears;
    ipc::Link to_spoold{"spoold"}, to_router{"router"}, to_scan{"scan"};
    std::vector<std::string> lines;

private:
    std::unique_ptr<Intake> intake_;
    std::shared_ptr<ipc::Channel> client_;
};

// Runs `test` on a fiber with a scene of its own.
inline void play(const std::function<void(Scene&)>& test)
{
    test::run_fiber([&] {
        Scene scene;
        test(scene);
        scene.board.hang_up();
    });
}

inline Submit from_network(std::string octets)
{
    Submit submit;
    submit.envelope.id = "1rABCD-000001-00";
    submit.envelope.received = 1'700'000'000'000'000;
    submit.envelope.sender = "a@src.example";
    submit.envelope.recipients = {{.address = "b@dst.example"}};
    submit.envelope.origin.host_address = "192.0.2.1";
    submit.envelope.origin.helo_name = "client.example";
    submit.envelope.origin.protocol = "esmtp";
    submit.octets = std::move(octets);
    return submit;
}

inline Submit from_program(std::string octets)
{
    auto submit = from_network(std::move(octets));
    submit.envelope.origin = {};
    submit.envelope.origin.local = true;
    submit.envelope.origin.protocol = "local";
    submit.envelope.origin.login = submit.envelope.origin.ident = "ann";
    submit.envelope.sender = "ann@example.org";
    return submit;
}

}
