// What a router driver is: one file in drivers/ that registers itself. The generic options are not its
// business: chain.h runs preconditions before it and uses what it says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/expand/expand.h"
#include "common/expand/lists.h"
#include "conf/params/configuration.h"
#include "router/candidate.h"
#include "router/ground.h"
#include "router/routing_protocol.h"

namespace gp::router {

struct Decision {
    enum class Kind {
        declined,   // not mine: the next router, unless `more` is false
        passed,     // not mine, and `more` does not count: pass_router or the next one
        accepted,   // goes to `transport` (empty: the router's own) and `hosts`
        redirected, // becomes `children`
        failed,     // bounces with `text`
        deferred,   // later; `text`
        discarded,  // :blackhole:
    };
    Kind kind = Kind::declined;
    std::string text;
    std::string transport;
    std::vector<Host> hosts;
    std::vector<Candidate> children;
    bool freeze = false;
    bool self_sent = false; // hosts contain this machine on purpose (self = send)
    std::int32_t error_number = 0; // Unrouted::error_number
    bool is_timeout = false;       // a name server did not answer: pass_on_timeout
    bool is_unknown_host = false;  // there is no such host, and the router is to wait for it
    std::string self_hostname;     // passed, because this host of the list is ourselves
    std::string user_text;         // failed: what an SMTP client may hear, when not `text`
    // redirected, because the domain has another name: the headers' addresses change with it.
    std::string new_domain;
    // redirected: see the options of these names of the redirect router.
    bool one_time = false, hides_children = false;
    std::string address_data;    // accepted, with this as $address_data
    std::vector<Notice> notices; // of errors in redirection data
    // redirected by a filter without a significant delivery: the address goes on to the next router, too.
    bool goes_on = false;
    // deferred by :defer: and its like, failed by :fail:: a decision of the administrator and not a mishap.
    bool is_forced = false;

    static Decision declined(std::string text = {}) { return {.text = std::move(text)}; }
    static Decision passed() { return {.kind = Kind::passed}; }
    // There is no such host, and that is to be no failure yet: retry rules know it as "lookup" too.
    static Decision unknown_host(std::string text)
    {
        auto decision = deferred(std::move(text));
        decision.is_unknown_host = true;
        return decision;
    }
    static Decision dns_trouble(std::string text, std::int32_t number)
    {
        return {.kind = Kind::deferred, .text = std::move(text), .error_number = number, .is_timeout = true};
    }
    static Decision rerouted(const Candidate& candidate, const std::string& domain, bool rewrites_headers)
    {
        Decision out{.kind = Kind::redirected, .new_domain = rewrites_headers ? domain : std::string{}};
        out.children.push_back(candidate.at_domain(domain));
        return out;
    }
    static Decision accepted(std::vector<Host> hosts = {}) { return {.kind = Kind::accepted, .hosts = std::move(hosts)}; }
    static Decision failed(std::string text) { return {.kind = Kind::failed, .text = std::move(text)}; }
    static Decision deferred(std::string text) { return {.kind = Kind::deferred, .text = std::move(text)}; }
    static Decision discarded() { return {.kind = Kind::discarded}; }
};

// What a driver is asked.
struct Question {
    const Candidate& candidate;
    expand::Scene& scene;        // with $local_part, $domain, $home … as the preconditions left them
    std::string_view local_part; // without prefix and suffix, lower case unless caseful_local_part
    bool verifying = false, verifying_sender = false;
    bool is_expn = false;
    const std::optional<User>& user; // of check_local_user
    UserFiles* users_files = nullptr; // as the user sees them whom check_local_user or `user` names; null: nobody's
    bool runs_as_user = false;        // there is such a user
    bool delivers = false;            // it is no test and no verification
    std::string_view body_start = {};     // more of the body than the scene shows: for Sieve
};

class Router {
public:
    virtual ~Router() = default;
    // An error is a deferral with its text, or with Blame::permanent a failure.
    virtual Result<Decision> route(const Question& question) = 0;
};

struct RouterDriver {
    std::string_view name;
    // Parses the private options; an error is the configuration's.
    Result<std::unique_ptr<Router>> (*make)(const Ground& ground, const conf::Driver& instance) = nullptr;
    std::string_view doc;
};

using RegisterRouter = Registry<RouterDriver>::Entry;

// The option parsed as an expansion; an unset one gives nullopt. The error names option, file and line.
Result<std::optional<expand::Expression>> expression_of(const Ground& ground, const conf::Driver& instance,
                                                        std::string_view option);
// A list whose items are expanded one by one, as headers_add; empty when unset.
Result<std::vector<expand::Expression>> items_of(const Ground& ground, const conf::Driver& instance,
                                                 std::string_view option, char separator);
Result<expand::ListText> list_of(const Ground& ground, const conf::Driver& instance, std::string_view option,
                                 match::Kind kind);

}
