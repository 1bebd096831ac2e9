// One run of the config program, which reads the configuration in master's place and with nobody's rights,
// and hands back the sealed image. Its errors go to our standard error.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/process/spawn.h"
#include "common/service/image_reader.h"
#include "master/options.h"

namespace gp::master {

class ConfigRun {
public:
    static constexpr std::chrono::seconds longest{60};

    // `directory` is where our programs are.
    static Result<ConfigRun> start(const Options& options, const std::string& directory);

    int fd() const { return socket_.get(); } // readable when there is something to take
    pid_t pid() const { return child_.pid; }
    std::chrono::steady_clock::time_point deadline() const { return deadline_; }

    // When readable, or at the deadline: the image, or why there is none. Ends the child.
    struct Outcome {
        std::optional<service::Image> image;
        int status = 0; // what the caller exits with when there is no image
        std::string why;
    };
    Outcome finish();
    Outcome wait(); // at most until the deadline, then finish()

private:
    process::Child child_;
    OwnedFd socket_;
    std::chrono::steady_clock::time_point deadline_;
};

// TZ, and what a build with sanitizers needs.
std::vector<std::string> service_environment();

}
