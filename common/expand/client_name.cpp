#include "common/expand/client_name.h"

#include "common/expand/lists.h"

namespace gp::expand {

match::Host::Lookup find_client_name(Scene& scene)
{
    auto& host = *scene.host;
    const bool is_first = host.lookup() == match::Host::Lookup::not_yet;
    const auto found = host.find_name(scene.world.lists.names());
    if (is_first && found == match::Host::Lookup::failed)
        SceneAsker{scene}.tell_missing(match::Asker::Missing::name_of_client, host.text());
    return found;
}

}
