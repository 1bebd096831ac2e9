#include "common/acl/string_list.h"

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::acl {

bool in_string_list(std::string_view subject, std::string_view list)
{
    bool last_was_negated = false;
    for (std::string_view item : config::split_list(list)) {
        last_was_negated = item.starts_with('!');
        if (last_was_negated)
            item = trim(item.substr(1));
        const bool matched = item.starts_with('*') ? ends_nocase(subject, item.substr(1)) : same_nocase(subject, item);
        if (matched)
            return !last_was_negated;
    }
    return last_was_negated; // a list that ends in a negation takes the rest in (manual 10.2)
}

Result<Truth> StringListTest::test(Context& context) const
{
    auto words = list_.expand(context.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return Truth::no;
    if (!words)
        return not_expanded(list_, words.error());
    const auto whom = subject(context);
    return !whom.empty() && in_string_list(whom, words->text) ? Truth::yes : Truth::no;
}

}
