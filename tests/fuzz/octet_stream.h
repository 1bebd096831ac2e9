// A peer that says the octets of a fuzzer's input, then ends, and hears everything.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "common/event/stream.h"

namespace gp::fuzz {

class OctetStream final : public event::Stream {
public:
    explicit OctetStream(std::string_view octets) : octets_(octets) {}
    Result<std::size_t> read(std::span<char> into, event::Deadline) override
    {
        const auto size = octets_.copy(into.data(), into.size(), taken_);
        taken_ += size;
        return size;
    }
    Status wait_readable(event::Deadline) override { return {}; }
    Status write(std::string_view, event::Deadline) override { return {}; }
    bool has_input() override { return true; }
    void finish() override {}
    void abort() override {}

    std::size_t taken() const { return taken_; }

private:
    std::string_view octets_;
    std::size_t taken_ = 0;
};

}
