// How dnsdb looks for Client SMTP Authorization records (manual 44.52): dns_csa_search_limit, dns_csa_use_reverse.
#pragma once

#include <cstdint>

namespace gp::lookup {

struct CsaHabits {
    std::int64_t search_limit = 5; // parents that are asked, not counting the domain itself
    bool use_reverse = true;       // an address is asked for in its reversed form; else it has no record
};

// Of this process, from the configuration, before anything is looked up.
void look_for_csa(const CsaHabits& how);
const CsaHabits& csa_habits();

}
