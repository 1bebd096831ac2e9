// The steps from a document to a configuration, in the order in which load() takes them.
#pragma once

#include "conf/params/configuration.h"
#include "conf/params/detail/facts.h"

namespace gp::conf {

// Main options: the file's settings, then the defaults that are computed, then the typed members.
void build_main(MainSettings& main, const std::vector<config::Assignment>& assignments, Facts& facts,
                const LoadOptions& options, config::Problems& problems);

std::vector<Driver> build_drivers(DriverClass kind, const std::vector<config::Instance>& instances,
                                  const config::ReadOptions& options, config::Problems& problems);

// The defaults of a driver's options that depend on its other options.
void settle_driver(DriverClass kind, Driver& driver, const config::Names& names);

// What a single setting cannot show: options that need or exclude each other, names that must exist.
void check_consistency(const Configuration& configuration, config::Unsupported policy, config::Problems& problems);
// The part of it that is about options of one driver.
void check_contradictions(const Configuration& configuration, config::Problems& problems);
// What cannot be obeyed beside mua_wrapper.
void check_mua_wrapper(const Configuration& configuration, config::Problems& problems);

}
