#include "common/mail/notes.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(Notes, AreKeptAmongTheVariables)
{
    Envelope envelope;
    EXPECT_EQ(time_complete(envelope), 0);
    add_note(envelope, note_complete, "1700000000000001");
    add_note(envelope, note_settles_child, "a@x");
    add_note(envelope, note_settles_child, "b@x");
    EXPECT_EQ(time_complete(envelope), 1'700'000'000'000'001);
    EXPECT_EQ(all_notes(envelope, note_settles_child), (std::vector<std::string>{"a@x", "b@x"}));
    remove_note(envelope, note_settles_child);
    EXPECT_EQ(find_note(envelope, note_settles_child), nullptr);
}

TEST(Notes, OfReplacedHeadersThereAreNotTooMany)
{
    Envelope envelope;
    const std::string long_line = "To: " + std::string(most_replaced / 2, 'x') + "\r\n";
    add_replaced(envelope, {{.before = 2, .text = "From: f\r\n"}, {.before = 3, .text = long_line}, {.before = 3, .text = long_line}});
    const auto kept = replaced_headers(envelope);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].before, 2u);
    EXPECT_EQ(kept[0].text, "From: f\r\n");
    EXPECT_EQ(kept[1].text, long_line);
}

}
}
