// Is the name that a client gives with HELO its own (verify = helo, helo_verify_hosts)?
#pragma once

#include "common/acl/context.h"

namespace gp::acl {

struct HeloCheck {
    Truth is_own = Truth::no;
    bool is_secure = false; // by names that DNSSEC vouches for
};
HeloCheck check_helo(expand::Scene& scene);

// For $sender_helo_dnssec, now and in the ACLs that follow.
void note_helo(const HeloCheck& checked, expand::Scene& scene, mail::PolicyState& state);

}
