#include "common/acl/outcomes.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::acl {

Result<std::vector<WantedOutcome>> parse_outcomes(std::string_view text, std::span<const std::string_view> known,
                                                  std::string_view what)
{
    std::vector<WantedOutcome> out;
    for (const auto& item : config::split_list(text)) {
        if (item.empty())
            continue;
        const bool is_negated = item.front() == '!';
        WantedOutcome wanted{std::string(trim(std::string_view(item).substr(is_negated))), is_negated};
        if (std::ranges::find(known, wanted.name) == known.end()) {
            const auto near = nearest(wanted.name, {known.begin(), known.end()});
            return misconfigured("\"" + escape(wanted.name) + "\" is no " + std::string(what) +
                                 (near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)"));
        }
        out.push_back(std::move(wanted));
    }
    return out;
}

bool meets(const std::vector<WantedOutcome>& wanted, std::string_view outcome)
{
    return std::ranges::any_of(wanted, [&](const WantedOutcome& one) { return (one.name == outcome) != one.is_negated; });
}

void keep_fact(Context& context, std::string_view name, const std::string& value, std::string_view whose)
{
    context.scene.facts.set(name, Text::from(value, whose));
    auto& variables = context.state.variables;
    std::erase_if(variables, [&](const mail::Variable& one) { return one.name == name; });
    variables.push_back({std::string(name), value, true});
}

std::string kept_fact(const Context& context, std::string_view name)
{
    const auto* found = context.scene.facts.find(name);
    return found ? found->text : std::string{};
}

}
