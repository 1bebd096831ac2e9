// Transports as router sees them: their options parsed once, expanded for each delivery into the flat
// instruction that an agent obeys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/rewrite/rules.h"
#include "router/dkim.h"
#include "router/driver.h"
#include "router/host_finder.h"
#include "router/quota_warning.h"
#include "router/reply_options.h"

namespace gp::router {

class Transports {
public:
    static Result<Transports> read(const Ground& ground);

    // Fills in everything of `delivery` that the transport decides. The scene has the address. An error is a
    // deferral with its text, as a transport that cannot be set up is in Exim.
    Status fill(const std::string& name, const Candidate& candidate, const std::optional<User>& user,
                expand::Scene& scene, expand::Address& address, Delivery& delivery) const;
    // Says which transport it is, and nothing of what it would do. An error as of fill().
    Status name(const std::string& transport, Delivery& delivery) const;
    bool is_remote(std::string_view name) const;
    bool has_quota(std::string_view name) const; // a mailbox's: appendfile
    bool lasts(const std::string& name) const; // what it fills in is the same each time
    bool has(const std::string& name) const { return transports_.contains(name); }

private:
    struct OptionText {
        std::string name;
        std::optional<expand::Expression> expression; // absent: `literal` as it stands
        std::string literal;
        bool names_file = false; // its value must not be tainted
    };
    struct Transport {
        std::string name, driver;
        // Word by word: an expansion cannot add words (manual 29.3).
        std::vector<expand::Expression> command, message_filter;
        std::vector<OptionText> options; // those that the file sets
        std::optional<expand::Expression> return_path, user, group, home_directory,
            current_directory, hosts, max_rcpt, connection_max_messages, debug_print;
        std::vector<expand::Expression> headers_add, headers_remove;
        std::string fallback_hosts, create_file;
        std::optional<expand::Expression> size_limit;
        rewrite::Rules headers_rewrite;
        std::optional<DkimOptions> dkim;
        std::optional<ReplyOptions> reply; // of an autoreply transport
        std::optional<QuotaWarning> quota_warning;
        std::string shadow; // a transport that has its turn when this one has succeeded
        std::optional<expand::Expression> shadow_condition;
        std::vector<std::string> formats; // transports of file_format
        bool initgroups = false, raises_events = false;
        bool hosts_override = false, allow_localhost = false, randomizes = false;
        bool is_remote = false;
        bool lasts = false;
        bool retry_use_local_part = true;
        HostSearch host_search;
        expand::ListText serialized; // serialize_hosts
    };

    static void read_hosts(const conf::Driver& instance, Transport& transport);
    static Result<Transport> read_one(const Ground& ground, const conf::Driver& instance);
    static Status read_companions(const Ground& ground, const conf::Driver& instance, Transport& transport);
    Status fill_one(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                    expand::Scene& scene, expand::Address& address, Delivery& delivery) const;
    void fill_companions(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                         expand::Scene& scene, expand::Address& address, const Delivery& before, Delivery& delivery) const;
    Status fill_owner(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                      expand::Scene& scene, Delivery& delivery) const;
    Status fill_hosts(const Transport& transport, expand::Scene& scene, Delivery& delivery) const;
    Status fill_serialized(const Transport& transport, expand::Scene& scene, Delivery& delivery) const;
    Status fill_numbers(const Transport& transport, expand::Scene& scene, Delivery& delivery) const;
    static Status check_amount(const Transport& transport, const OptionText& option, std::string_view text);
    static Status check_size(const Transport& transport, expand::Scene& scene);
    static Status fill_command(const Transport& transport, std::string_view option,
                               const std::vector<expand::Expression>& words, expand::Scene& scene, Delivery& delivery);
    Status fill_options(const Transport& transport, expand::Scene& scene, Delivery& delivery) const;
    Status fill_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                        Delivery& delivery) const;

    static void change_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                               Delivery& delivery);

    const Ground* ground_ = nullptr;
    std::map<std::string, Transport, std::less<>> transports_;
};

// A user as options write it: a login or a number. The error is the configuration's.
Result<User> user_named(const std::string& text);

}
