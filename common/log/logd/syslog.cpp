#include "common/log/logd/syslog.h"

namespace gp::logd {
namespace {

constexpr std::size_t longest_line = 870;

std::vector<std::string> pieces_of(std::string_view text)
{
    std::vector<std::string> pieces;
    for (; text.size() > longest_line; text.remove_prefix(longest_line))
        pieces.emplace_back(text.substr(0, longest_line));
    pieces.emplace_back(text);
    if (pieces.size() > 1)
        for (std::size_t i = 0; i < pieces.size(); ++i)
            pieces[i] = "[" + std::to_string(i + 1) + (i ? "\\" : "/") + std::to_string(pieces.size()) + "] " + pieces[i];
    return pieces;
}

}

std::vector<std::string> Syslog::datagrams(const SystemLine& line) const
{
    const std::string head = "<" + std::to_string(style_.facility | static_cast<int>(line.severity)) + ">" + short_stamp(line.when) + " " +
                             style_.process_name + (style_.with_pid ? "[" + std::to_string(line.pid) + "]" : "") + ": ";
    auto pieces = pieces_of(style_.with_stamp ? line.stamped : line.text);
    for (auto& piece : pieces)
        piece.insert(0, head);
    return pieces;
}

}
