#include "router/walk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "common/mail/address.h"
#include "router/ancestors.h"
#include "router/preconditions.h"

namespace gp::router {

std::string unique_of(const Candidate& candidate)
{
    if (candidate.kind.empty()) { // whatever the case of the domain
        const auto at = std::min(mail::at_of(candidate.address), candidate.address.size());
        return candidate.address.substr(0, at) + lower(std::string_view(candidate.address).substr(at));
    }
    return candidate.parent->address + ":" + candidate.address; // a pipe or file of somebody
}

// What a router with `unseen` does is another delivery, or failure, of the address than what becomes of it in the end,
// and done when it is done itself. By the router's name: at another attempt others may be passed over.
std::string done_as(const Candidate& candidate)
{
    return unique_of(candidate) + (candidate.unseen_by.empty() ? "" : "/" + candidate.unseen_by);
}

std::int32_t number_of_trouble(std::string_view text)
{
    for (const int number : {ENOENT, EACCES, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EIO})
        if (text.starts_with(std::string(std::strerror(number)) + ": "))
            return number;
    return 0;
}

Unrouted unrouted(Unrouted::Why why, const Candidate& candidate, std::string router, std::string text)
{
    Unrouted out;
    out.why = why;
    out.address = candidate.address;
    out.unique = candidate.kind.empty() ? done_as(candidate) : candidate.address;
    out.router = std::move(router);
    out.text = std::move(text);
    if (candidate.errors_to)
        out.errors_to = candidate.errors_to->empty() ? "<>" : *candidate.errors_to;
    if (candidate.ignores_errors)
        out.errors_to = "<>";
    tell_ancestors(candidate, out);
    out.kind = candidate.kind;
    out.logged_as = candidate.kind.empty() ? local_part_seen(candidate, candidate.caseful) + "@" + candidate.domain : candidate.address;
    out.hidden_in_reports = candidate.hidden;
    out.one_time_parent = candidate.one_time_parent;
    return out;
}

}
