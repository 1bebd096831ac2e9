// What a local transport driver is: one file in drivers/ that registers itself. It runs in the child, with
// the recipient's rights, and may block.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "delivery/local/job.h"

namespace gp::local {

struct Transport {
    std::string_view name;
    // Directories and files that the child must reach for this job: its Landlock domain. An empty list
    // means everything the user may reach (pipes).
    Result<std::vector<std::string>> (*places)(const Job& job) = nullptr;
    delivery::DeliverReply (*deliver)(const Job& job) = nullptr;
    // What `places` depends on beside the user: jobs that agree in it may share a child. Looks at no file.
    // Null: a child for each job.
    std::string (*reach)(const Job& job) = nullptr;
    // Several such jobs at once, an outcome for each: they share what a single one waits for. Null: one after the other.
    std::vector<delivery::Outcome> (*deliver_many)(const std::vector<const Job*>& jobs) = nullptr;
    // An error with cause no_space when the quota leaves no room for request.size octets (verify = recipient/quota).
    // Null: such a transport has no quota.
    Status (*room)(const Job& job) = nullptr;
    // What is opened as the recipient before the walls rise; what fails is left out.
    void (*prepare)(const Job& job) = nullptr;
    bool executes = false; // runs a program
    bool connects = false; // opens a Unix socket
    bool filters_itself = false; // runs the transport filter when the message is wanted, and not before
    std::string_view doc;
};

using RegisterTransport = Registry<Transport>::Entry;

}
