// What master tells router beside the configuration's text (block "flat").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::router {

struct Parameters {
    std::vector<std::string> own_addresses;   // of the interfaces, and hosts_treat_as_local's constant part
    std::vector<std::uint32_t> smtp_ports;    // on which this suite listens: a host of ours on another port is not us
    std::string dns_servers;                  // "ADDRESS:PORT" list; empty: the system's
    std::vector<std::string> dns_search;      // domains that complete a short name; from the system, at start
    std::uint32_t dns_timeout = 60;           // seconds for one question, retries included
    std::uint32_t address_depth = 100;        // redirections in a row
    std::uint32_t addresses_max = 50000;      // made of one recipient
    std::uint64_t alias_size_max = 16 * 1024 * 1024; // octets of redirection data
    std::uint32_t user_file_timeout = 30;     // seconds for a look at a user's file
    std::uint32_t run_uid = 0, run_gid = 0;   // as whom ${run's programs run
    std::uint32_t run_timeout = 60;           // seconds that each has
    std::uint32_t auth_failure_delay = 1;     // seconds, for the first wrong password of a session
    bool test_habits = false;
    bool read_hosts_file = true;
    std::string config_file;
    std::string log_directory;
    std::uint32_t instance_uid = 0, instance_gid = 0;
    std::uint32_t remote_uid = 0;             // whose the connections are that callouts hold
    std::vector<std::string> environment;     // of ${env{…}}: "NAME=value"
    std::vector<std::string> reads;           // derived walls: files and directories
    std::vector<std::string> peers;           // and hosts: conf/peers.h
    // Words of log_selector.
    bool log_acl_warn_skipped = true, log_dnslist_defer = true, log_sender_verify_fail = true;
    bool log_host_lookup_failed = true, log_address_rewrite = false, log_dkim_verbose = false, log_dmarc_verbose = false;
    bool log_unknown_in_list = false, log_incoming_port = false, log_incoming_interface = false;

    static void fields(auto& self, auto&& field)
    {
        field("own_addresses", self.own_addresses);
        field("smtp_ports", self.smtp_ports);
        field("dns_servers", self.dns_servers);
        field("dns_search", self.dns_search);
        field("dns_timeout", self.dns_timeout);
        field("address_depth", self.address_depth);
        field("addresses_max", self.addresses_max);
        field("alias_size_max", self.alias_size_max);
        field("user_file_timeout", self.user_file_timeout);
        field("run_uid", self.run_uid);
        field("run_gid", self.run_gid);
        field("run_timeout", self.run_timeout);
        field("auth_failure_delay", self.auth_failure_delay);
        field("test_habits", self.test_habits);
        field("read_hosts_file", self.read_hosts_file);
        field("config_file", self.config_file);
        field("log_directory", self.log_directory);
        field("instance_uid", self.instance_uid);
        field("instance_gid", self.instance_gid);
        field("remote_uid", self.remote_uid);
        field("environment", self.environment);
        field("reads", self.reads);
        field("peers", self.peers);
        field("log_acl_warn_skipped", self.log_acl_warn_skipped);
        field("log_dnslist_defer", self.log_dnslist_defer);
        field("log_sender_verify_fail", self.log_sender_verify_fail);
        field("log_host_lookup_failed", self.log_host_lookup_failed);
        field("log_address_rewrite", self.log_address_rewrite);
        field("log_dkim_verbose", self.log_dkim_verbose);
        field("log_dmarc_verbose", self.log_dmarc_verbose);
        field("log_unknown_in_list", self.log_unknown_in_list);
        field("log_incoming_port", self.log_incoming_port);
        field("log_incoming_interface", self.log_incoming_interface);
    }
};

}
