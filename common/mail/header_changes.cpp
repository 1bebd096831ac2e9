#include "common/mail/header_changes.h"

#include <algorithm>

namespace gp::mail {
namespace {

constexpr std::size_t longest_unfolded = 40;

// Behind the comma that follows an address, and the blanks behind it; npos when none does. Comments may have commas.
std::size_t next_item(std::string_view value, std::size_t at)
{
    unsigned comments = 0;
    for (; at < value.size(); ++at) {
        const char c = value[at];
        if (c == '\\' && at + 1 < value.size())
            ++at;
        else if (c == '(')
            ++comments;
        else if (c == ')' && comments > 0)
            --comments;
        else if (c == ',' && comments == 0)
            break;
    }
    return at == value.size() ? std::string_view::npos : value.find_first_not_of(" \t", at + 1);
}

// Characters of a text where a line end is one.
std::size_t length_of(std::string_view text)
{
    return text.size() - static_cast<std::size_t>(std::ranges::count(text, '\r'));
}

}

std::string with_changes(std::string_view front, std::string_view value, std::span<const AddressChange> changes)
{
    const std::string_view fold = value.find("\r\n") != std::string_view::npos ? "\r\n\t" : "\n\t";
    std::string out(front);
    std::size_t line = 0, done = 0; // where the present line begins in `out`; how much of the value is there
    for (const auto& change : changes) {
        if (change.begin < done || change.end < change.begin || change.end > value.size())
            continue;
        out += value.substr(done, change.begin - done);
        out += change.text;
        done = change.end;
        const auto next = next_item(value, done);
        if (next == std::string_view::npos || value[next] == '\n' || value[next] == '\r')
            continue;
        if (length_of(std::string_view(out).substr(line)) + length_of(value.substr(done, next - done)) <= longest_unfolded)
            continue;
        out += value.substr(done, next - done);
        done = next;
        line = out.size();
        out += fold;
    }
    out += value.substr(done);
    return out;
}

}
