// Octets of a fuzzer's input as the steps of a conversation: an octet says what is done, the next how many octets go with it.
#pragma once

#include <cstdint>
#include <string_view>

namespace gp::fuzz {

class Steps {
public:
    explicit Steps(std::string_view octets) : octets_(octets) {}
    bool is_over() const { return octets_.empty(); }
    std::uint8_t number() // 0 where there is none
    {
        if (octets_.empty())
            return 0;
        const auto first = static_cast<std::uint8_t>(octets_.front());
        octets_.remove_prefix(1);
        return first;
    }
    std::string_view text()
    {
        const std::size_t count = number();
        const auto taken = octets_.substr(0, count);
        octets_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view octets_;
};

}
