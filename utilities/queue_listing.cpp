#include "utilities/queue_listing.h"

#include <cstdlib>

#include "common/base/text.h"
#include "common/mainlog/line.h"

namespace gp::utilities {
namespace {

constexpr std::size_t least_recipient_indent = 3; // an entry that follows without an empty line has its age there

std::string_view take_word(std::string_view& text)
{
    text = trim_left(text);
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

Result<QueueEntry> parse_head(std::string_view line)
{
    QueueEntry entry;
    auto rest = line;
    entry.age = take_word(rest);
    auto word = take_word(rest);
    if (mainlog::id_length(word) != word.size()) { // the size is absent when it is not known
        entry.size = word;
        word = take_word(rest);
    }
    rest = trim_left(rest);
    const auto end = rest.rfind('>'); // a quoted local part may have one, too, and the words that tell of a frozen message
    if (word.empty() || mainlog::id_length(word) != word.size() || !rest.starts_with('<') ||
        end == std::string_view::npos)
        return permanent("cannot be read as the head of a queue entry: \"" + escape(line) + "\"");
    entry.id = word;
    entry.sender = rest.substr(0, end + 1);
    entry.is_frozen = rest.find("*** frozen ***", end) != std::string_view::npos;
    return entry;
}

}

Result<std::vector<QueueEntry>> parse_queue_listing(std::string_view text)
{
    std::vector<QueueEntry> entries;
    bool is_inside = false;
    for (const auto line : split(text, '\n')) {
        const auto words = trim(line);
        const auto indent = line.size() - trim_left(line).size();
        if (words.empty()) {
            is_inside = false;
        } else if (!is_inside || indent < least_recipient_indent) {
            entries.push_back(TRY(parse_head(line)));
            is_inside = true;
        } else {
            entries.back().recipients.emplace_back(words);
        }
    }
    return entries;
}

std::int64_t seconds_of_age(std::string_view age)
{
    const auto number = std::atoll(std::string(age).c_str());
    switch (age.empty() ? 's' : age.back()) {
    case 'm': return number * 60;
    case 'h': return number * 3600;
    case 'd': return number * 86400;
    default: return number;
    }
}

double octets_of_size(std::string_view size)
{
    const double number = std::atof(std::string(size).c_str());
    const char unit = size.empty() ? ' ' : size.back();
    const double factor = unit == 'K' ? 1024.0 : unit == 'M' ? 1024.0 * 1024 : unit == 'G' ? 1024.0 * 1024 * 1024 : 1;
    return number * factor;
}

std::int64_t arrival_of(std::string_view id)
{
    std::int64_t value = 0;
    for (const char c : id.substr(0, 6)) {
        const int digit = is_digit(c) ? c - '0' : c >= 'a' ? c - 'a' + 36 : c - 'A' + 10;
        value = value * 62 + digit;
    }
    return value;
}

}
