// The addresses that a delivery may try, in order (manual 30.4 and 30.5).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "delivery/protocol.h"
#include "delivery/remote/client_session.h"

namespace gp::remote {

class HostWalk {
public:
    // A number below its argument, for hosts_randomize.
    using Random = std::function<std::uint32_t(std::uint32_t)>;

    HostWalk(const delivery::Deliver& request, const SmtpOptions& options, std::uint16_t default_port, const Random& random);

    // The next one to try; nothing when there is none, or the limits are reached. hosts_max_try counts those
    // that were handed out; when it is reached, one address of each higher MX preference still gets its turn.
    std::optional<HostAddress> next();
    // The one that was handed out last does not count towards hosts_max_try: there was nothing to be tried (RFC 8689).
    void do_not_count() { --counted_; }
    bool was_cut_off() const { return cut_off_; } // hosts_max_try_hardlimit left some out
    bool has_more() const { return at_ < all_.size(); } // some of which may be left out

    bool empty() const { return all_.empty(); }            // the delivery came without any address
    bool all_skipped() const { return !empty() && usable_ == 0; } // the retry time of each has not come
    bool some_skipped() const { return usable_ < all_.size(); }
    bool lookup_deferred() const { return lookup_deferred_; } // a host came without addresses

private:
    void add(const std::vector<router::Host>& hosts, bool is_fallback, const delivery::Deliver& request,
             std::uint16_t default_port);

    struct Candidate {
        HostAddress host;
        bool skipped = false;
    };
    std::vector<Candidate> all_;
    std::size_t at_ = 0, usable_ = 0;
    std::int64_t tried_ = 0, counted_ = 0, max_try_, hard_limit_;
    std::optional<std::int32_t> last_mx_;
    bool lookup_deferred_ = false, cut_off_ = false;
};

}
