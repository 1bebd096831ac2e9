#include "common/config/message_template.h"

#include <utility>

#include "common/base/text.h"

namespace gp::config {

std::vector<std::string> template_items(std::string_view text)
{
    std::vector<std::string> items;
    std::string item;
    for (const auto line : split(text, '\n')) {
        if (line.starts_with("****")) {
            items.push_back(std::move(item));
            item.clear();
        } else {
            item += std::string(line) + "\n";
        }
    }
    if (item.ends_with("\n\n") || item == "\n") // split gives an empty line behind the last newline
        item.pop_back();
    items.push_back(std::move(item));
    return items;
}

std::string delay_text(std::int64_t seconds)
{
    const auto minutes = seconds / 60;
    return minutes < 120 ? std::to_string(minutes) + " minutes" : std::to_string(minutes / 60) + " hours";
}

}
