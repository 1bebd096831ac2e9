#include "common/expand/detail/branching.h"

#include "common/config/list.h"

namespace gp::expand {

Status take_branch(Scene& scene, const Branches& branches, bool success, Text found, Text& out)
{
    if (!success || !branches.yes)
        return branches.take(scene, success, found, out);
    const Saved value(scene.value);
    scene.value = std::move(found);
    return branches.take(scene, true, scene.value, out);
}

Result<ListItems> list_items(const Scene& scene, const Text& list)
{
    ListItems out;
    config::ListCursor cursor(list.text);
    out.separator = cursor.separator();
    std::string item;
    while (cursor.next(item)) {
        if (out.items.size() >= scene.world.limits.expansion_list_max)
            return misconfigured("a list has too many items (expansion_list_max)", Cause::too_big);
        out.items.push_back(std::move(item));
    }
    return out;
}

void ListBuilder::add(const Text& item)
{
    if (!is_first_)
        out_.text += separator_;
    const bool begins_with_it = space_ == Space::where_needed && item.text.starts_with(separator_);
    if (!is_first_ && (item.text.empty() || begins_with_it))
        out_.text += ' '; // so that it does not double the separator before it
    is_first_ = false;
    for (const char c : item.text)
        out_.text.append(c == separator_ ? 2 : 1, c);
    out_.mark(item);
}

}
