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
};

enum class Language { none, exim, sieve };

// What the first line of a file says: "# Exim filter", "# Sieve filter", or no filter at all. Leading white
// space and capitals do not count.
Language language_of(std::string_view text);

}
