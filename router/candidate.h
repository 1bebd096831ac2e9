// An address on its way through the routers, with all that earlier routers gave it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/tainted.h"
#include "common/base/text.h"
#include "common/filter/outcome.h"
#include "common/mail/address.h"
#include "common/mail/envelope.h"

namespace gp::router {

// A local user, as the password file has them.
struct User {
    std::string login;
    std::uint32_t uid = 0, gid = 0;
    std::string home;
    std::string gecos;
};

struct Candidate {
    std::string address;         // local_part@domain; for a pipe or file, its text
    std::string local_part;      // as it came
    std::string domain;          // lower case
    bool is_tainted = true;      // false: made from data that a look-up vouched for
    std::string why_declined;    // said by a router that declined: better than "Unrouteable address"
    std::string local_part_used; // $local_part while the router ran that made children of it
    std::string kind;            // "", "pipe", "file", "reply"
    std::uint32_t index = 0;     // of the recipient it descends from
    std::shared_ptr<const Candidate> parent;
    std::string_view home_taint; // what brought a stranger's words into `home`, as Text::taint
    unsigned copies = 0;         // made by routers with `unseen`; Exim shows the address as its own parent for each
    unsigned copied = 0;         // by routers with `unseen` before the one in hand
    std::string unseen_by;       // the router in hand, when it has `unseen`: what it does is done by itself
    bool caseful = false;        // caseful_local_part of the router in hand, or of the last one
    std::string made_by;         // the router that made it a parent of others; loop rule of manual 3.10
    std::string start_at;        // first router to ask; empty: the first one

    // Given by routers on the way, inherited by children.
    std::optional<std::string> errors_to; // engaged and empty: reports are thrown away
    std::string headers_add;
    std::vector<std::string> headers_remove;
    Text address_data;
    std::vector<mail::Variable> variables; // $r_…
    bool dsn_lasthop = false;
    std::string self_hostname;             // $self_hostname, of a router with self = pass
    // Of a pipe or file that cannot be delivered as it is: told in place of a delivery.
    std::string setup_error;
    std::int32_t setup_errno = 0;
    bool setup_fails = false;              // for good, and not for now
    std::string one_time_parent;           // of a one_time router: the address that it replaces
    bool ignores_errors = false;           // noerror of a filter above: nobody hears of a failure
    bool hidden = false;                   // hide_child_in_errmsg of a router above
    std::vector<std::pair<std::string, std::string>> new_domains; // old, new: headers are rewritten so

    // Of a filter: the reply that is to be sent, the pipe's words each in quotes, the file's mode.
    std::shared_ptr<const filter::Reply> reply;
    std::string command;
    std::uint32_t mode = 0; // 0: the transport's
    std::string ticket;     // of a user's own file: Delivery::ticket

    // For pipes and files of a redirect router.
    std::string transport;
    std::optional<User> user;
    std::optional<std::uint32_t> uid, gid;
    bool initgroups = false;
    std::string home, current_directory;

    void rename(const std::string& other)
    {
        address = other;
        local_part = mail::local_part_of(other);
        domain = lower(mail::domain_of(other));
    }
    // The same address in another domain, as a child of this one.
    Candidate at_domain(const std::string& other) const
    {
        Candidate child;
        child.local_part = local_part;
        child.domain = other;
        child.address = local_part + "@" + other;
        child.is_tainted = is_tainted;
        return child;
    }
    const Candidate& top() const
    {
        const Candidate* at = this;
        while (at->parent)
            at = at->parent.get();
        return *at;
    }
    // Where it came from, the nearest first, as -bt shows it.
    std::vector<std::string> ancestors() const
    {
        std::vector<std::string> names(copies, address);
        for (const Candidate* at = parent.get(); at; at = at->parent.get())
            names.insert(names.end(), at->copies + 1, at->address);
        return names;
    }
    std::size_t depth() const
    {
        std::size_t n = 0;
        for (const Candidate* at = parent.get(); at; at = at->parent.get())
            ++n;
        return n;
    }
};

}
