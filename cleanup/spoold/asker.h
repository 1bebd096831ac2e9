// Who asks on a channel, by the service in its name: what one service may ask is refused to the others.
#pragma once

#include <string_view>

#include "common/ipc/channel.h"

namespace gp::spoold {

std::string_view service_of(const ipc::Channel& channel);

// An answer out of turn closes the channel: our own processes do not err in this.
Status only_for(std::string_view service, std::string_view what, ipc::Channel& from);
// cleanup brings new mail; qmgr what an administrator imports.
Status only_for_bringers(std::string_view what, ipc::Channel& from);

}
