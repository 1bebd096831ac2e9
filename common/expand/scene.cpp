#include "common/expand/scene.h"

#include <algorithm>

namespace gp::expand {

const Text* Scene::find_fact(std::string_view name) const
{
    if (const auto* found = facts.find(name))
        return found;
    for (const auto* more : more_facts)
        if (const auto* found = more->find(name))
            return found;
    return nullptr;
}

bool Scene::is_forbidden(std::string_view word) const
{
    return std::ranges::find(forbidden, word) != forbidden.end();
}

}
