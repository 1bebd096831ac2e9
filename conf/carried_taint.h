// Strangers' words that a configuration puts by under another name: address_data, $r_…, $acl_c_…, $acl_m_…, and the home
// directory of an address, $home. For warnings, as taint_scan.h; it follows what stands literally.
#pragma once

#include "conf/params/configuration.h"
#include "conf/taint_scan.h"

namespace gp::conf {

class CarriedTaint {
public:
    explicit CarriedTaint(const Configuration& configuration);

    // What ACLs set, which counts wherever it is used.
    const Carried& everywhere() const { return everywhere_; }
    // What a router, or a transport by the routers that name it, sees besides.
    Carried in_router(const Driver& router) const;
    Carried in_transport(const Driver& transport) const;

private:
    void learn_from_acls();
    void add_earlier(const Driver& router, Carried& carried) const;

    const Configuration& configuration_;
    Carried everywhere_;
};

}
