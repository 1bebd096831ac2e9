#include "cleanup/transfer/transfer.h"

#include <gtest/gtest.h>

#include "common/ipc/endpoint.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"

namespace gp::cleanup {
namespace {

class Process final : public ipc::Endpoint<Part, Submit, Abandon, Settled> {
public:
    enum class Habit { commits, dies, sleeps };
    Habit habit = Habit::commits;
    bool has_committed = false;
    HeadTrouble trouble;
    std::vector<Part> parts;
    std::vector<Submit> submitted;
    std::vector<std::string> abandoned, asked;

    Result<PartReply> answer(const Part& part, ipc::Channel&) override
    {
        parts.push_back(part);
        return PartReply{trouble};
    }
    Result<SubmitReply> answer(const Submit& message, ipc::Channel& from) override
    {
        submitted.push_back(message);
        if (habit == Habit::dies)
            from.close("dead");
        if (habit == Habit::sleeps)
            event::sleep_for(Duration{200});
        SubmitReply reply;
        reply.taken = Taken::committed;
        reply.text = "first hand";
        return reply;
    }
    void notice(const Abandon& told, ipc::Channel&) override { abandoned.push_back(told.id); }
    Result<SettledReply> answer(const Settled& question, ipc::Channel&) override
    {
        asked.push_back(question.id);
        return SettledReply{has_committed};
    }
};

// Two processes of cleanup, which are one object here.
void play(const std::function<void(Process&, ipc::Link&)>& body)
{
    test::run_fiber([&] {
        Process process;
        ipc::Link link{"cleanup"};
        test::Switchboard board;
        board.connect(link, process);
        board.connect(link, process);
        body(process, link);
        board.hang_up();
    });
}

TEST(Transfer, SendsPartsAheadAndTheRestWithTheEnd)
{
    play([](Process& process, ipc::Link& link) {
        Transfer transfer{link, "id", Duration{5'000}};
        ASSERT_TRUE(transfer.send_part("12345"));
        ASSERT_TRUE(transfer.send_part("678"));
        Submit last;
        last.octets = "9";
        EXPECT_EQ(transfer.submit(std::move(last))->text, "first hand");
        ASSERT_EQ(process.parts.size(), 2u);
        EXPECT_EQ(process.parts[1].offset, 5u);
        ASSERT_EQ(process.submitted.size(), 1u);
        EXPECT_EQ(process.submitted[0].envelope.id, "id");
        EXPECT_EQ(process.submitted[0].offset, 8u);
        EXPECT_TRUE(process.asked.empty());
    });
}

TEST(Transfer, KeepsTheRefusalOfHeadersThatAreTooLong)
{
    play([](Process& process, ipc::Link& link) {
        Transfer transfer{link, "id", Duration{5'000}};
        process.trouble = {mail::Overlong::line, 998};
        ASSERT_TRUE(transfer.send_part("X: 12345"));
        ASSERT_TRUE(transfer.send_part("and so on"));
        EXPECT_TRUE(transfer.is_refused());
        EXPECT_EQ(transfer.sent(), 17u);
        const auto reply = transfer.submit({});
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->code, 552u);
        EXPECT_EQ(reply->text, "A message header line is too long");
        EXPECT_EQ(reply->trouble.limit, 998u);
        EXPECT_EQ(process.parts.size(), 1u) << "cleanup is not asked again";
        EXPECT_TRUE(process.submitted.empty());
    });
}

TEST(Transfer, AbandonsWhatWasBegunAndNotWhatWasSubmitted)
{
    play([](Process& process, ipc::Link& link) {
        { Transfer unused{link, "unused", Duration{5'000}}; }
        {
            Transfer begun{link, "begun", Duration{5'000}};
            ASSERT_TRUE(begun.send_part("x"));
        }
        {
            Transfer whole{link, "whole", Duration{5'000}};
            ASSERT_TRUE(whole.send_part("x"));
            ASSERT_TRUE(whole.submit({}));
        }
        event::sleep_for(Duration{1});
        EXPECT_EQ(process.abandoned, std::vector<std::string>{"begun"});
    });
}

TEST(Transfer, AsksAnotherProcessWhenTheAnswerIsLost)
{
    for (const auto habit : {Process::Habit::dies, Process::Habit::sleeps})
        for (const bool committed : {true, false})
            play([&](Process& process, ipc::Link& link) {
                process.habit = habit;
                process.has_committed = committed;
                Transfer transfer{link, "id", Duration{50}};
                const auto reply = transfer.submit({});
                EXPECT_EQ(static_cast<bool>(reply), committed);
                EXPECT_EQ(process.asked, std::vector<std::string>{"id"});
                EXPECT_TRUE(!reply || reply->taken == Taken::committed);
                if (habit == Process::Habit::sleeps)
                    event::sleep_for(Duration{250}); // until it has answered nobody
            });
}

}
}
