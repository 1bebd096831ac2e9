// What a host's temporary refusal says of amounts: that a connection, or a message, was one too many. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace gp::qmgr {

struct Excess {
    enum class Of : std::uint8_t { nothing, connections, messages };
    Of of = Of::nothing;
    bool is_said = false; // in so many words; else its place in the dialogue lets us suppose it
};

// `text` is an error as remote words it: "SMTP error from remote mail server after MAIL FROM:<a@b>: 450 …".
Excess excess_in(std::string_view text);

}
