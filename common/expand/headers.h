// The header lines of a message as expansions see them: $h_x:, $rh_x:, $bh_x:, $lh_x: with Exim's rules
// of joining and decoding (manual 11.5). A view of a header block that somebody else keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/tainted.h"

namespace gp::expand {

enum class HeaderForm { decoded, raw, basic, list }; // h, rh, bh, lh

class Headers {
public:
    static constexpr std::size_t joined_max = 64 * 1024; // manual 11.5

    Headers() = default;
    // `block` is the lines "Name: text\n", continued ones included, without the empty line at the end. It
    // must outlive this.
    explicit Headers(std::string_view block);

    bool has(std::string_view name) const;
    // Empty when there is none.
    std::string get(std::string_view name, HeaderForm form, std::string_view charset) const;
    // Of all lines together: $message_headers, $message_headers_raw.
    std::string all(HeaderForm form, std::string_view charset) const;
    std::size_t count(std::string_view name) const;

    struct Line {
        std::string_view name; // without the colon
        std::string_view body; // after the colon, with its line ends but the last
        std::string_view whole;
    };
    const std::vector<Line>& lines() const { return lines_; }

private:
    std::vector<Line> lines_;
};

}
