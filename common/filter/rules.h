// What a filter may do and how much of it: the options of the redirect router that speak of filters, and
// limits on what a user's file can cost. The same for Exim filters and for Sieve.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::filter {

struct Rules {
    bool is_system = false;     // headers add and remove, any errors_to
    bool allow_fail = false, allow_defer = false, allow_freeze = false;
    bool forbid_file = false, forbid_pipe = false, forbid_reply = false, forbid_logwrite = false;
    bool prepends_home = true;  // relative paths begin in $home
    std::string qualify_domain; // of addresses without one
    std::string sender_domain;  // the same for senders: Sieve's vacation
    // Sieve (manual 22, sieve_inbox, sieve_subaddress, sieve_useraddress, sieve_vacation_directory).
    std::string inbox = "inbox";
    std::string subaddress, useraddress;
    bool has_subaddress = false, has_useraddress = false;
    std::string vacation_directory;
    bool has_vacation = false, has_enotify = true;
    std::string enotify_mailto_owner;
    std::string owner;          // the user's own address

    std::size_t actions_max = 500;      // deliveries and replies of one run
    std::size_t steps_max = 100'000;    // tests and commands obeyed
    std::size_t depth_max = 100;        // of nested if, brackets, blocks
    std::size_t text_max = 1024 * 1024; // octets of all texts that a run makes

    static void fields(auto& self, auto&& field)
    {
        field("is_system", self.is_system);
        field("allow_fail", self.allow_fail);
        field("allow_defer", self.allow_defer);
        field("allow_freeze", self.allow_freeze);
        field("forbid_file", self.forbid_file);
        field("forbid_pipe", self.forbid_pipe);
        field("forbid_reply", self.forbid_reply);
        field("forbid_logwrite", self.forbid_logwrite);
        field("prepends_home", self.prepends_home);
        field("qualify_domain", self.qualify_domain);
        field("sender_domain", self.sender_domain);
        field("inbox", self.inbox);
        field("subaddress", self.subaddress);
        field("useraddress", self.useraddress);
        field("has_subaddress", self.has_subaddress);
        field("has_useraddress", self.has_useraddress);
        field("vacation_directory", self.vacation_directory);
        field("has_vacation", self.has_vacation);
        field("has_enotify", self.has_enotify);
        field("enotify_mailto_owner", self.enotify_mailto_owner);
        field("owner", self.owner);
        field("actions_max", self.actions_max);
        field("steps_max", self.steps_max);
        field("depth_max", self.depth_max);
        field("text_max", self.text_max);
    }
};

enum class Language { none, exim, sieve };

// What the first line of a file says: "# Exim filter", "# Sieve filter", or no filter at all. Leading white
// space and capitals do not count.
Language language_of(std::string_view text);

}
