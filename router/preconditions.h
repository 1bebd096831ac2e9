// Whether a router is asked at all: the preconditions in the documented order (manual 3.12).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "router/common_options.h"

namespace gp::router {

// Why routing is done: verification and tests skip routers by their options.
struct Purpose {
    enum class Kind { deliver, verify_sender, verify_recipient, test, expn };
    Kind kind = Kind::deliver;
    bool measures = false; // mailboxes are asked for room (verify = recipient/quota): theirs are filled in all the same
    // Nothing is delivered: transports are named and not filled in.
    bool only_asks() const { return kind != Kind::deliver; }
    bool verifies() const { return kind == Kind::verify_sender || kind == Kind::verify_recipient; }
};

// What the preconditions found out about the address; the scene's $local_part, $domain_data … come from it.
struct Prepared {
    std::string why_not;     // "the domain does not match": for explanations
    std::string_view decided_by; // the option that says so, a literal
    std::string local_part;  // without affixes, lower case unless caseful
    std::string prefix, suffix, prefix_v, suffix_v;
    bool affix_is_wild = false;
    std::optional<User> user;
    std::unique_ptr<AnybodysFiles> files; // of that user, for what the configuration asks about them
    std::string home;
    std::string_view home_taint; // as Text::taint
    std::optional<Text> domain_data, local_part_data;
    bool past_lists = false; // domains and local_parts did not keep the address from this router
};

// $local_part and $parent_local_part of an address are what the router saw that made children of it.
// The whole local part as a router sees it, without quotes (manual 11.9, $local_part); in lower case unless caseful.
std::string local_part_seen(const Candidate& candidate, bool caseful);
std::string_view used_local_part(const Candidate& candidate);
// Shows `parent` as what led to `address` ($parent_local_part, $parent_domain), which refers to it.
void set_as_parent(const Candidate& parent, expand::Address& address);
// $home, with the mark of who named it.
void show_home(std::string_view home, std::string_view taint, expand::Scene& scene, expand::Address& address);
// Points scene.address at `address`, as a router sees the candidate before its preconditions are looked at.
void show_address(const CommonOptions& options, const Candidate& candidate, expand::Scene& scene,
                  expand::Address& address, Prepared& prepared);

// True when the router is to be asked. Sets scene.address and facts as it goes; `address` is what
// scene.address then points to, and its views are into `prepared` and `candidate`: all three must outlive
// the scene's use.
Result<bool> check_preconditions(const Ground& ground, const CommonOptions& options, const Candidate& candidate,
                                 Purpose purpose, std::string_view sender, expand::Scene& scene,
                                 expand::Address& address, Prepared& prepared);

}
