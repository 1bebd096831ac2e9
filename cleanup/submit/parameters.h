// What master tells the submit service.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::submit {

struct Parameters {
    std::string qualify_domain;
    std::string qualify_recipient;
    std::uint64_t message_size_limit = 50ull * 1024 * 1024;
    bool expands_size_limit = false;            // message_size_limit is an expansion: router is asked
    std::uint32_t cleanup_timeout = 600;        // seconds for each answer of cleanup
    std::uint32_t receive_timeout = 0;          // seconds for the whole message; 0: none (manual, receive_timeout)
    std::uint32_t connections_per_uid = 50;     // submit_connections_per_uid
    std::uint32_t drop_interval = 60;           // seconds between scans of the drop directory
    std::uint32_t recipients_max = 50000;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;
    std::uint64_t phases = 0;                   // bit (1 << router::Phase): not_smtp, not_smtp_start
    std::string drop_directory;                 // below the instance
    bool mua_wrapper = false;                   // a program waits until its message is delivered, or hears that it is not
    bool log_arguments = false;
    bool queue_only_override = true;            // -odq and its kind count
    bool log_delay_delivery = true;
    // Of mail to a caller about a message that was not taken.
    std::uint64_t bounce_return_size_limit = 100 * 1024;
    std::int64_t bounce_return_linesize_limit = 998;
    bool bounce_return_message = true;
    bool bounce_return_body = true;
    std::string login;                          // whom it says to come from, and with which ids
    std::uint32_t uid = 0, gid = 0;

    static void fields(auto& self, auto&& field)
    {
        field("qualify_domain", self.qualify_domain);
        field("qualify_recipient", self.qualify_recipient);
        field("message_size_limit", self.message_size_limit);
        field("expands_size_limit", self.expands_size_limit);
        field("cleanup_timeout", self.cleanup_timeout);
        field("receive_timeout", self.receive_timeout);
        field("connections_per_uid", self.connections_per_uid);
        field("drop_interval", self.drop_interval);
        field("recipients_max", self.recipients_max);
        field("strip_excess_angle_brackets", self.strip_excess_angle_brackets);
        field("strip_trailing_dot", self.strip_trailing_dot);
        field("phases", self.phases);
        field("drop_directory", self.drop_directory);
        field("mua_wrapper", self.mua_wrapper);
        field("log_arguments", self.log_arguments);
        field("queue_only_override", self.queue_only_override);
        field("log_delay_delivery", self.log_delay_delivery);
        field("bounce_return_size_limit", self.bounce_return_size_limit);
        field("bounce_return_linesize_limit", self.bounce_return_linesize_limit);
        field("bounce_return_message", self.bounce_return_message);
        field("bounce_return_body", self.bounce_return_body);
        field("login", self.login);
        field("uid", self.uid);
        field("gid", self.gid);
    }
};

}
