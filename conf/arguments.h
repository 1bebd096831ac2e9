// The command line of the config program: master's, or `gatepost check`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"

namespace gp::conf {

struct Arguments {
    std::string config;                   // "" with built_in
    std::string services;                 // of --services: in place of services_file
    std::vector<std::string> definitions; // -D
    bool is_passed_socket = false;        // --passed-socket, -bw: the listening socket is another's
    bool tls_on_connect = false;      // every port is one of tls_on_connect_ports
    std::string listen_override;          // --listen, -oX: addresses, or ports alone
    std::string pid_file;                 // -oP
    Duration queue_interval{};            // -q30m: how often the queue is run; 0: never by itself
    std::optional<Duration> smtp_receive_timeout; // --smtp-receive-timeout, -os: instead of the option
    int image_descriptor = -1;            // where master waits for the image
    bool check = false;                   // print what is wrong, make no image
    bool json = false;                    // and say it as one JSON object on standard output
    std::string replaced, replacement;    // a file, and the one that is read in its place: an edit to be checked
    bool one_shot = false;                // no network listeners
    bool guest = false;                   // and another suite's spool
    bool serves_root = false;             // master has root's rights and can give each service its user
};

Result<Arguments> read_arguments(int argc, char** argv);

}
