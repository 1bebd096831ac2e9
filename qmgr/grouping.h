// Turns routes into deliveries that can be handed out together. Pure.
//
// Final addresses share a delivery when their instructions are equal in all but the address: transport with
// every option, hosts, return path, headers, user. Remote ones go up to max_rcpt together; local ones one by
// one, unless the transport's batch_max says otherwise (manual chapter 26).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "common/base/text.h"
#include "qmgr/message.h"

namespace gp::qmgr {

bool is_remote(const router::Delivery& instruction);
// An option of the transport; empty when it is not set.
std::string_view option_of(const router::Delivery& instruction, std::string_view name);
std::uint32_t port_of(const router::Delivery& instruction, const router::Host& host);
// The key of a host's retry times: all its addresses share them where retry_include_ip_address says so (manual 30.4).
std::string host_key_of(const router::Delivery& instruction, std::string_view name, std::string_view address, std::uint32_t port);
// What a delivery keeps busy: a list of hosts, or one mailbox.
std::string destination_of(const router::Delivery& instruction);

class Grouping {
public:
    explicit Grouping(Message& message) : message_(message) {}

    // A new piece for this delivery, in an old or a new group. Addresses that are done already, or routed to
    // twice, are passed over: false; unless this way is the longer one.
    bool add(std::uint32_t recipient, const router::Delivery& delivery);
    // Was this address of an earlier attempt, or is it below another recipient already?
    bool is_known(std::string_view unique);
    // Was it done by an earlier attempt? What cannot be delivered is told of each address that leads to it, as in Exim: their
    // senders hear of each, and what it has in errors_to need not be the same.
    bool is_done(std::string_view unique);

    // Addresses that router found no way for, to be settled when all are routed.
    struct Unplaced {
        std::uint32_t recipient = 0;
        router::Unrouted what;
    };
    std::vector<Unplaced> unplaced;

    // The order in which Exim delivers: what aliases made deepest comes first, then as the envelope has it.
    // What is added afterwards comes last.
    void put_in_order();

private:
    std::uint32_t group_for(const router::Delivery& delivery);
    void key_groups();
    // Another way to an address that has a piece; whether that piece is now of this recipient.
    bool join(std::uint32_t recipient, const router::Delivery& delivery);

    Message& message_;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> groups_; // by what is shared
    std::uint32_t keyed_ = 0; // of the message's groups: those before it are in groups_, as far as they may grow
    void learn_done();
    std::unordered_set<std::string, TextHash, std::equal_to<>> known_, done_;
    std::unordered_map<std::size_t, std::vector<unsigned>> joined_; // by the number of a piece: over how many aliases each of `also` came
    bool knows_done_ = false;
};

}
