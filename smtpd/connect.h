// Before the banner: who the client is, and whether there is room for it.
//
// Connections are counted in this process; the suite's limits are divided by the number of processes, so
// that no process has to ask another one (the kernel spreads connections over them evenly enough).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "common/mail/envelope.h"
#include "common/net/address.h"
#include "router/login_protocol.h"
#include "smtpd/parameters.h"

namespace gp::smtpd {

// A local program that speaks SMTP by its standard input, and what its command line asked for.
struct Program {
    router::Caller caller;       // its ids; the sender is filled in when it is to be judged
    std::string full_name;
    bool queue_only = false;
    bool queue_smtp_only = false;
    bool deliver_now = false;    // -odi and its kind, against queue_only
    bool waits_for_delivery = false; // of its messages, one by one, before it goes on
    bool dont_deliver = false;   // -N
    bool no_fixups = false;      // -G
    bool no_qualifying = false;  // -bnq
    std::string reference;       // -oMm
    std::uint32_t receive_timeout = 0; // seconds for a command, a read of data; 0: none
};

// Where a connection comes from and where it came in.
struct Client {
    mail::Origin origin;         // addresses; of a program, the caller
    bool tls_on_connect = false;
    bool needs_login = false;    // a port of submission in the service table
    bool lmtp = false;           // one of LMTP
    std::optional<Program> program;
    bool local_lines = false;    // lines may end as lines of this machine do: a program's, or a file's
    bool rehearsal = false;      // -bh: nobody waits for a delay, and what stands in a file was not sent too early
};

// From an accepted TCP socket. Also sets SO_KEEPALIVE when it is wanted.
Client describe_client(int fd, const sockaddr* peer, socklen_t length, const Parameters& parameters);

// What a client and the log hear of smtp_accept_max_per_host.
inline constexpr const char* too_many_of_host = "Too many concurrent SMTP connections from this IP address; please try again later.";
inline constexpr const char* too_many_of_host_log = "too many connections from that IP address";

class Connections {
public:
    explicit Connections(const Parameters& parameters);

    // A place that is given back by destruction; empty when there is none.
    class Place {
    public:
        Place() = default;
        Place(Connections& house, std::string address) : house_(&house), address_(std::move(address)) {}
        Place(Place&& other) noexcept
            : house_(std::exchange(other.house_, nullptr)), address_(std::move(other.address_))
        {
        }
        Place& operator=(Place&&) = delete;
        ~Place()
        {
            if (house_)
                house_->leave(address_);
        }
        explicit operator bool() const { return house_ != nullptr; }

    private:
        Connections* house_ = nullptr;
        std::string address_;
    };

    struct Admission {
        Place place;
        std::string reply; // of 421, when there is no place
        std::string log;   // "too many connections"
    };
    Admission admit(const std::string& host_address);
    std::size_t count() const { return count_; }
    // Of all processes, as far as this one can tell: the others are taken to have as many.
    std::uint32_t in_all() const;
    std::uint32_t share(std::uint32_t limit) const; // of one process
    std::uint32_t of_host(const std::string& address) const; // how many it has now

private:
    void leave(const std::string& address);

    const Parameters& parameters_;
    std::size_t count_ = 0;
    std::unordered_map<std::string, std::uint32_t> per_host_;
};

}
