// Does a host list of a transport (hosts_require_tls and its like) match the host that we talk to? Constant items are
// judged here; for a list that reaches one that only router can judge (a named list, a look-up, a regular expression),
// router is asked.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/net/address.h"

namespace gp::remote {

enum class ListMatch {
    no,
    yes,
    ask, // router must be asked
};

ListMatch match_host_list(std::string_view list, std::string_view host_name, const net::Address& address);

// The lists of one delivery's transport.
class HostLists {
public:
    // Asks router: "does this list option of this transport match this host?" Null where there is no router: such a
    // list is then an error, which defers the delivery.
    using Ask = std::function<Result<bool>(std::string_view option, std::string_view host_name, const net::Address&)>;

    explicit HostLists(Ask ask) : ask_(std::move(ask)) {}
    Result<bool> match(std::string_view option, std::string_view list, std::string_view host_name,
                       const net::Address& address) const;

private:
    Ask ask_;
};

}
