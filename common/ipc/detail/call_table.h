// Our calls on a channel that have no answer yet. A number on the wire names a slot and the turn of its
// use, so that an answer is found without searching and one that nobody asked for is told from a late one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/event/loop.h"
#include "common/ipc/message.h"

namespace gp::ipc {

// Lives on the stack of the fiber that asked.
struct Call {
    event::Notice done;
    bool answered = false;
    Result<std::string> result = temporary("no answer yet");
    std::vector<Fd> fds;
    std::size_t max_reply = 0;
};

class CallTable {
public:
    static constexpr std::uint32_t most = 1 << 20;

    // A number for the wire; nothing when too many are open.
    std::optional<std::uint32_t> open(Call& call);
    // The caller no longer waits; the answer may still come.
    void abandon(std::uint32_t number);

    enum class Found { waiting, abandoned, never_asked };
    struct Match {
        Found found;
        Call* call;
    };
    // The number is used up by this.
    Match take(std::uint32_t number);

    // All that wait; every number is forgotten.
    std::vector<Call*> take_all();

    std::size_t waiting() const { return waiting_; }
    std::size_t abandoned() const { return abandoned_; }

private:
    enum class State : std::uint8_t { free, waiting, abandoned };
    struct Slot {
        Call* call = nullptr;
        std::uint32_t turn = 0;
        State state = State::free;
    };
    Slot* find(std::uint32_t number);
    void release(std::uint32_t index);

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t waiting_ = 0;
    std::size_t abandoned_ = 0;
};

}
