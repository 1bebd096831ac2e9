// Which instance a command acts on: the one of the configuration that -C names, or of the system's.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/ipc/channel.h"
#include "conf/params/configuration.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {

struct Instance {
    std::string config;          // the file it came from
    std::string spool_directory;
    bool mua_wrapper = false;    // of that configuration; a caller who may not read it hears false
    std::uint32_t smtp_receive_timeout = 300; // of that configuration, in seconds; a caller who may not read it has Exim's default
    std::string guest_directory; // in run/, of a suite that was started for this command beside another; or empty
    std::string run(std::string_view name) const
    {
        return spool_directory + "/run/" + guest_directory + (guest_directory.empty() ? "" : "/") + std::string(name);
    }
    std::string drop() const { return spool_directory + "/drop"; }
};

// Reads the configuration named by -C, or the first of the default places that exists. A caller who may
// not read the system's file is told the instance by the file that master leaves in /run/gatepost.
Result<Instance> find_instance(const Options& options);

// The file that -C names, or the first of the default places that exists.
std::string configuration_file(const Options& options);
// With -D's definitions. What this version does not do is warned of only: a test mode shows what it can.
conf::Loaded load_configuration(const Options& options, const std::string& file);

// A connection to one of the instance's sockets; the error's cause is not_found or refused when the suite
// is down.
Result<OwnedFd> connect_to(const std::string& path);

}
