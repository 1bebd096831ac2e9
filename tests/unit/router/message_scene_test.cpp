#include "router/message_scene.h"

#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

// A system filter's headers are added to each delivery; the message is as large as it was received.
TEST(MessageScene, HeadersThatAreAddedDoNotChangeItsSize)
{
    House house{"begin routers\nr:\n  driver = accept\n  transport = file\n"};
    ASSERT_EQ(house.refused(), "");
    const mail::Origin origin;
    const std::vector<mail::Variable> variables;
    const std::string original = "Subject: a\r\n", changed = original + "X-Added: by a system filter\r\n";
    const auto sizes = [&](const MessageFacts& facts) {
        MessageScene scene{house.world(), origin, variables, facts};
        const auto& message = scene.message();
        return std::vector<std::int64_t>{message.size, message.body_size, message.linecount};
    };
    const std::uint64_t size = original.size() + 6; // of a line of four
    const auto before = sizes({.headers = original, .size = size, .body_lines = 1});
    EXPECT_EQ(before, (std::vector<std::int64_t>{17, 5, 2}));
    EXPECT_EQ(sizes({.headers = changed, .original_headers = original, .size = size, .body_lines = 1}), before);
}

}
}
