// ${run{…}} in the calling process, with the caller's rights: for -be, -bt and their kind. In the services launcher
// starts programs (router/programs.h).
#pragma once

#include <string>
#include <vector>

#include "common/expand/effects.h"

namespace gp::sendmail {

// Of a child, before it runs a program: the caller is the real user, whatever rights this process was started with.
Status become_caller();

class CommandRunner final : public expand::Runner {
public:
    void set_environment(std::vector<std::string> environment) { environment_ = std::move(environment); }
    Result<expand::RunResult> run(const std::vector<std::string>& arguments) override;

private:
    std::vector<std::string> environment_; // "NAME=value": what add_environment says
};

}
