#include "cleanup/spoold/asker.h"

#include <string>

namespace gp::spoold {

std::string_view service_of(const ipc::Channel& channel)
{
    const std::string_view name = channel.name();
    return name.substr(0, name.find('/'));
}

Status only_for(std::string_view service, std::string_view what, ipc::Channel& from)
{
    if (service_of(from) == service)
        return {};
    from.close(std::string(what) + " is for " + std::string(service) + " alone");
    return permanent(std::string(what) + " is for " + std::string(service) + " alone", Cause::refused);
}

Status only_for_bringers(std::string_view what, ipc::Channel& from)
{
    return service_of(from) == "qmgr" ? Status{} : only_for("cleanup", what, from);
}

}
