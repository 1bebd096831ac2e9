// The routers of the configuration, in order: what becomes of an address (manual 3.10 to 3.12).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "router/common_options.h"
#include "router/preconditions.h"
#include "router/transports.h"

namespace gp::router {

// What one router did with one address, for explanations.
struct Step {
    std::string address, router;
    std::string_view verdict; // "skipped", "declined", "accepted" …
    std::string text;         // why
    std::string_view option;  // that decided, where it is one of those that every router has
};

// The message for which routing is done; everything may be empty in tests and verifications.
struct Occasion {
    std::string_view sender;
    Purpose purpose;
    // Makes the scene of this message; routing adds the address.
    const expand::Scene* base = nullptr;
    std::string_view body_start = {}; // as Route has it
    std::vector<Step>* steps = nullptr; // gets each router that was asked, in turn
};

// What one address became, children included.
struct Routed {
    std::vector<Delivery> deliveries;
    std::vector<Unrouted> unrouted;
    Text address_data;  // of the last router that accepted: verification hands it on
    bool lasts = true;  // the same question has the same answer until the configuration changes
    // Candidate::ancestors() of each of the deliveries and unrouted; only where nothing is to be delivered.
    std::vector<std::vector<std::string>> ancestors_of_deliveries, ancestors_of_unrouted;
    std::vector<Notice> notices; // errors in redirection data that somebody is to hear of
    std::vector<std::string> children; // what the address itself was redirected to, in order
    std::vector<std::pair<std::string, std::string>> new_domains; // old, new: look-ups completed these names
};

class Chain {
public:
    // Every router of the configuration with its driver; all errors name file and line.
    static Result<Chain> read(const Ground& ground, const Registry<RouterDriver>& drivers);

    // Routes an address and everything that it is redirected to.
    Routed route(std::string_view address, std::uint32_t index, const Occasion& occasion) const;

    // The same for what something that is no address has asked for: the system filter.
    Routed route_children(const std::string& parent, std::vector<Candidate> children, const Occasion& occasion) const;

private:
    struct Instance {
        CommonOptions options;
        std::unique_ptr<Router> driver;
        bool check_ancestor = false, repeat_use = true;
        bool reads_as_user = false; // what it reads or runs belongs to the user of check_local_user or `user`
        bool lists_last = false, lasts = false; // lasting.h
    };
    struct Walk;
    struct Stage;
    // What the address is after a router: settled, for the next router, or for none.
    enum class Settled { yes, no, unrouteable };
    explicit Chain(const Ground& ground) : ground_(&ground) {}

    void walk(std::shared_ptr<const Candidate> candidate, Walk& walk) const;
    void walk_all(Walk& walk) const;
    bool expand_percent(const std::shared_ptr<const Candidate>& from, Candidate& candidate, Walk& walk) const;
    // `next` is the router to ask afterwards.
    Settled ask(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Walk& walk, std::size_t& next) const;
    Settled obey(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Stage& stage, Decision verdict,
                 Walk& walk, std::size_t& next) const;
    void settle(const Instance& instance, const Candidate& candidate, Unrouted::Why why, const Decision& verdict,
                Walk& walk) const;
    void unrouteable(const Instance* last, const Candidate& candidate, Walk& walk) const;
    Result<bool> set_data(const Instance& instance, Candidate& candidate, Stage& stage) const;
    Status set_errors_to(const Instance& instance, Candidate& out, Stage& stage, Walk& walk) const;
    Status set_headers(const Instance& instance, Candidate& out, Stage& stage) const;
    Status set_owner(const Instance& instance, Candidate& out, Stage& stage) const;
    static Status set_directories(const Instance& instance, Candidate& out, Stage& stage);
    Result<std::optional<UserIds>> reader_for(const Instance& instance, Stage& stage) const;
    Result<Decision> ask_driver(const Instance& instance, const Candidate& candidate, const Walk& walk, Stage& stage) const;
    Result<Candidate> inherit(const Instance& instance, const Candidate& candidate, Stage& stage, Walk& walk) const;
    Status translate(const Instance& instance, Stage& stage, std::vector<Host>& hosts) const;
    Result<std::string> transport_for(const Instance& instance, const Decision& verdict, Stage& stage) const;
    Status defer_for(const std::string& transport, const Instance& instance, const Candidate& candidate, const Error& error,
                     Walk& walk) const;
    Status accept(const Instance& instance, const Candidate& candidate, Stage& stage, Decision verdict, Walk& walk) const;
    void redirect(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Candidate inherited,
                  Decision verdict, Walk& walk) const;
    static void check_ancestors(const Candidate& candidate, const Candidate& parent, Candidate& child);
    static void fill_from(const Candidate& candidate, Delivery& delivery);
    void deliver_child(const std::shared_ptr<const Candidate>& candidate, Walk& walk) const;
    std::size_t position(std::string_view router) const;

    const Ground* ground_;
    Transports transports_;
    std::vector<Instance> routers_;
    bool percent_lasts_ = true; // percent_hack_domains, as lasting.h has it
};

}
