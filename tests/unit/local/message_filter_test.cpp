// transport_filter: the copy passes through a command.
#include "delivery/local/message_filter.h"

#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

class MessageFilter : public Letter {
protected:
    Result<delivery::Outcome> filtered(const std::vector<std::string>& command)
    {
        for (const auto& word : command)
            option("transport_filter", word);
        const Options options{request_.instruction.options};
        const Job job{.request = request_, .message = message_, .parameters = parameters_, .options = options};
        const auto made = FilteredJob::make(job);
        if (!made)
            return made.error();
        return Registry<Transport>::linked().find("appendfile")->deliver((*made)->job()).outcomes.at(0);
    }
    const std::string box_ = directory_ / "box";
};

TEST_F(MessageFilter, MakesTheCopy)
{
    option("file", box_);
    option("message_prefix", "");
    option("message_suffix", "");
    request_.instruction.headers_add = "X-Added: here\n";
    const auto outcome = filtered({"/usr/bin/tr", "a-z", "A-Z"});
    ASSERT_TRUE(outcome) << outcome.error().text;
    EXPECT_EQ(outcome->fate, delivery::Fate::delivered) << outcome->text;
    EXPECT_EQ(test::read_file(box_), "SUBJECT: HELLO\nFROM: A@SRC.EXAMPLE\nX-ADDED: HERE\n\nONE\nFROM HERE\n.DOT\n");
}

TEST_F(MessageFilter, DefersWhatItDoesNotLike)
{
    option("file", box_);
    const auto outcome = filtered({"/bin/sh", "-c", "cat >/dev/null; exit 3"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().blame, Blame::temporary);
    EXPECT_EQ(outcome.error().text, "transport filter process failed (3)");
}

}
}
