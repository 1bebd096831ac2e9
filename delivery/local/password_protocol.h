// ${if pam{…}}: PAM's modules are code of others that sees passwords, so none is loaded into a service. Router asks
// launcher, whose child becomes pam_user with pam_groups and starts the program `pam` (router/pam), which asks and ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::launcher {

struct PasswordReply {
    bool is_good = false;
    std::string trouble; // why nobody can tell; empty: is_good tells
    static void fields(auto& self, auto&& field)
    {
        field("is_good", self.is_good);
        field("trouble", self.trouble);
    }
};

// "Are they good?" The user's name and the answers to PAM's prompts. An error with Cause::refused: the configuration
// has no condition `pam`.
struct PasswordQuestion {
    static constexpr std::string_view name = "check_password";
    static constexpr std::size_t max_size = 256 * 1024;
    using Reply = PasswordReply;
    std::vector<std::string> strings;
    static void fields(auto& self, auto&& field) { field("strings", self.strings); }
};

// What the program reads on its standard input.
inline std::string pam_input(const std::vector<std::string>& strings)
{
    std::string input;
    for (const auto& one : strings)
        input += one + '\0';
    return input;
}
// Its exit status and words.
inline PasswordReply pam_reply(bool has_ended, int status, std::string words)
{
    if (has_ended && status <= 1)
        return {.is_good = status == 0, .trouble = {}};
    while (words.ends_with('\n'))
        words.pop_back();
    return {.is_good = false, .trouble = has_ended && status == 2 && !words.empty() ? words : "the program pam came to no answer"};
}

}
