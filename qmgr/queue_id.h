// A message id as the index keeps it: a value of fixed size, ordered as text is. A million of them live in
// memory, so they own no heap.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace gp::qmgr {

class QueueId {
public:
    static constexpr std::size_t longest = 23; // 6-11-4, the newer form

    QueueId() = default;
    // Text that is too long is no id of ours and becomes the empty one.
    explicit QueueId(std::string_view text)
    {
        if (text.size() <= longest)
            std::ranges::copy(text, text_.begin());
    }
    std::string_view view() const
    {
        return {text_.data(), static_cast<std::size_t>(std::ranges::find(text_, '\0') - text_.begin())};
    }
    std::string text() const { return std::string(view()); }
    bool empty() const { return text_[0] == '\0'; }
    // As octets: maps of a million compare often.
    std::strong_ordering operator<=>(const QueueId& other) const { return std::memcmp(text_.data(), other.text_.data(), text_.size()) <=> 0; }
    bool operator==(const QueueId&) const = default;

private:
    std::array<char, longest + 1> text_{};
};

struct QueueIdHash {
    std::size_t operator()(const QueueId& id) const { return std::hash<std::string_view>{}(id.view()); }
};

}
