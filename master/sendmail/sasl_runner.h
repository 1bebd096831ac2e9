// driver = cyrus_sasl in the calling process: the program `sasl` judges with the caller's rights, for -bh and its kind. In
// the services launcher starts it (router/sasl_office.h).
#pragma once

#include <vector>

#include "common/process/spawn.h"
#include "router/sasl_office.h"

namespace gp::sendmail {

class SaslRunner final : public auth::Library {
public:
    void configure(std::string directory, Duration timeout); // sasl_config_directory, sasl_timeout
    Result<std::unique_ptr<auth::LibraryTalk>> start() override;

private:
    std::string directory_;
    Duration timeout_{60'000};
};

}
