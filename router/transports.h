// Transports as router sees them: their options parsed once, expanded for each delivery into the flat
// instruction that an agent obeys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "router/driver.h"

namespace gp::router {

class Transports {
public:
    static Result<Transports> read(const Ground& ground);

    // Fills in everything of `delivery` that the transport decides. The scene has the address. An error is a
    // deferral with its text, as a transport that cannot be set up is in Exim.
    Status fill(const std::string& name, const Candidate& candidate, const std::optional<User>& user,
                expand::Scene& scene, Delivery& delivery) const;
    bool has(const std::string& name) const { return transports_.contains(name); }
    bool lasts(const std::string& name) const; // what it fills in is the same each time

private:
    struct OptionText {
        std::string name;
        std::optional<expand::Expression> expression; // absent: `literal` as it stands
        std::string literal;
        bool names_file = false; // its value must not be tainted
    };
    struct Transport {
        std::string name, driver;
        std::vector<expand::Expression> command; // word by word: an expansion cannot add words (manual 29.3)
        std::vector<OptionText> options; // those that the file sets
        std::optional<expand::Expression> headers_add, headers_remove, return_path, user, group, home_directory,
            current_directory, hosts, max_rcpt, connection_max_messages;
        bool initgroups = false;
        bool hosts_override = false;
        bool is_remote = false;
        bool is_lmtp_socket = false;
        bool lasts = false;
        std::uint16_t port = 0;
    };

    static Result<Transport> read_one(const Ground& ground, const conf::Driver& instance);
    Status fill_owner(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                      expand::Scene& scene, Delivery& delivery) const;
    Status fill_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                        Delivery& delivery) const;

    std::map<std::string, Transport, std::less<>> transports_;
};

// A user as options write it: a login or a number. The error is the configuration's.
Result<User> user_named(const std::string& text);

}
