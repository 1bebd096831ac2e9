// Where the suite listens: local_interfaces and daemon_smtp_ports as manual chapter 13 says, -oX in their
// place, the addresses of services.conf, and the suite's own Unix sockets.
#pragma once

#include <string>
#include <vector>

#include "common/config/problem.h"
#include "common/service/image.h"
#include "conf/params/configuration.h"
#include "conf/service_table.h"

namespace gp::conf {

struct Listening {
    std::string pool;
    ListenRow row;
};

// TCP only. `override_list` is -oX: addresses with or without ports, or ports alone. Ports of mail submission
// go to a pool of their own, which is added to the table when it is not there: passwords are typed in other
// processes than strangers talk to.
std::vector<Listening> network_listeners(const MainSettings& settings, ServiceTable& table,
                                         const std::string& override_list, config::Problems& problems);

// All rows of the image: these and the suite's own sockets.
std::vector<service::ImageListener> image_listeners(const std::vector<Listening>& network,
                                                    std::uint32_t backlog);

}
