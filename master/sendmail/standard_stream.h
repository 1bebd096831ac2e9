// Standard input and output as one event::Stream, for a process with nothing else to do while it waits: reads
// and writes block. Files, pipes and terminals are all right.
#pragma once

#include "common/event/stream.h"

namespace gp::sendmail {

class StandardStream final : public event::Stream {
public:
    Result<std::size_t> read(std::span<char> into, event::Deadline until) override;
    Status wait_readable(event::Deadline until) override;
    Status write(std::string_view bytes, event::Deadline until) override;
    // What stands in a file was not sent too early.
    bool has_input() override { return false; }
    void finish() override {}
    void abort() override {}
};

}
