#include "common/mail/bulk.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace gp::mail {

bool is_bulk_precedence(std::string_view value)
{
    constexpr std::array<std::string_view, 3> words = {"bulk", "list", "junk"};
    return std::ranges::any_of(words, [&](std::string_view word) { return find_nocase(value, word) != std::string_view::npos; });
}

bool is_bulk(const HeaderList& headers)
{
    return std::ranges::any_of(headers, [](const Header& header) {
        const auto name = header.name();
        return same_nocase(name, "List-Id") || same_nocase(name, "List-Unsubscribe") ||
               (same_nocase(name, "Precedence") && is_bulk_precedence(header.raw_value()));
    });
}

}
