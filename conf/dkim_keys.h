// The keys that transports sign DKIM with. Which file it is may depend on the message; so every key that lies where
// dkim_private_key points to is read now, and told to keyd alone. A key that comes later is known after a reload.
#pragma once

#include "conf/keys.h"

namespace gp::conf {

void read_dkim_keys(const Configuration& configuration, config::Problems& problems, Keys& keys);

}
