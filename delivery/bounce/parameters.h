// What master tells the bounce service; members are named for the main options they come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::bounce {

struct Parameters {
    std::string primary_hostname;
    std::string qualify_domain;
    std::string dsn_from;                  // expanded; empty: "Mail Delivery System <Mailer-Daemon@$qualify_domain>"
    std::string errors_reply_to;
    std::string bounce_message_text;
    // Items of bounce_message_file and warn_message_file (manual 50), variables still in them; empty: Exim's own words.
    std::vector<std::string> bounce_items, warn_items;
    std::string bounce_sender_authentication; // AUTH= of reports; empty: none
    bool bounce_return_message = true;
    bool bounce_return_body = true;
    std::uint64_t bounce_return_size_limit = 100 * 1024;
    std::int64_t bounce_return_linesize_limit = 998;
    std::string login = "mail";            // U= of the report's arrival line
    std::uint32_t uid = 0, gid = 0;
    std::uint32_t timeout = 600;           // seconds for spoold and cleanup
    bool log_delay_delivery = true;
    std::string bounce_file_trouble, warn_file_trouble; // why the file that is named has no items here

    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("qualify_domain", self.qualify_domain);
        field("dsn_from", self.dsn_from);
        field("errors_reply_to", self.errors_reply_to);
        field("bounce_message_text", self.bounce_message_text);
        field("bounce_items", self.bounce_items);
        field("warn_items", self.warn_items);
        field("bounce_sender_authentication", self.bounce_sender_authentication);
        field("bounce_return_message", self.bounce_return_message);
        field("bounce_return_body", self.bounce_return_body);
        field("bounce_return_size_limit", self.bounce_return_size_limit);
        field("bounce_return_linesize_limit", self.bounce_return_linesize_limit);
        field("login", self.login);
        field("uid", self.uid);
        field("gid", self.gid);
        field("timeout", self.timeout);
        field("log_delay_delivery", self.log_delay_delivery);
        field("bounce_file_trouble", self.bounce_file_trouble);
        field("warn_file_trouble", self.warn_file_trouble);
    }
};

}
