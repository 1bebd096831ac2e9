// Main options of the instance: its users, its directories, its environment.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Process {
    config::Identity exim_user, exim_group;
    std::string spool_directory;
    std::string pid_file_path;
    std::string keep_environment; // a list of names and patterns
    std::vector<std::string> add_environment;

    static constexpr std::string_view title = "Process";
    static std::span<const config::Param<Process>> params();
};

}
