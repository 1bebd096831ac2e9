// What an automatic reply is made of (manual 27): by a filter's command or by the transport's own options, never by
// both. Flat in the end, as every instruction: the agent expands nothing and knows no address list.
#pragma once

#include "router/driver.h"

namespace gp::router {

class ReplyOptions {
public:
    static Result<ReplyOptions> read(const Ground& ground, const conf::Driver& instance);

    // After the transport's own options were filled in. An error is a deferral.
    Status fill(const Candidate& candidate, expand::Scene& scene, Delivery& delivery) const;

private:
    explicit ReplyOptions(const Ground& ground) : ground_(&ground) {}
    Status drop_never_mail(expand::Scene& scene, Delivery& delivery) const;
    Status expand_file(bool is_foreign, expand::Scene& scene, Delivery& delivery) const;

    const Ground* ground_;
    expand::ListText never_mail_;
};

// The name of a local user for From:, as gecos_pattern and gecos_name have it.
std::string full_name_of(const Ground& ground, const User& user);

}
