#include "router/password_checks.h"

#include "common/lookup/ldap_lookup.h"

namespace gp::router {
namespace {

constexpr std::size_t most_words = 4, longest_word = 1024; // saslauthd takes no longer ones
constexpr std::size_t most_strings = 32;                   // of one condition pam
constexpr std::size_t most_octets = 32 * 1024;             // of them together; the program pam reads 64 KiB
constexpr std::chrono::seconds patience{30};               // PAM holds back the answer to a wrong password

}

// Four counted words go out and one comes back that begins with OK or NO; then saslauthd closes. What checks the password
// (PAM, shadow, LDAP, Kerberos) is its affair and runs with its rights.
Result<bool> PasswordChecks::ask_saslauthd(const std::vector<std::string>& arguments)
{
    std::string request;
    for (std::size_t i = 0; i < most_words; ++i) {
        const auto word = i < arguments.size() ? arguments[i] : std::string{};
        if (word.size() > longest_word)
            return false;
        request += static_cast<char>(word.size() >> 8);
        request += static_cast<char>(word.size() & 0xff);
        request += word;
    }
    const auto reply = sockets_.ask({.path = saslauthd_, .request = std::move(request), .timeout = patience, .shutdown = false});
    if (!reply)
        return temporary("saslauthd at " + saslauthd_ + " (saslauthd_socket): " + reply.error().text);
    const auto word = std::string_view(*reply).substr(std::min<std::size_t>(2, reply->size())).substr(0, 2);
    if (word == "OK" || word == "NO")
        return word == "OK";
    return temporary("saslauthd at " + saslauthd_ + " gave neither OK nor NO");
}

// A NUL would end a string before its end.
Result<bool> PasswordChecks::ask_pam(const std::vector<std::string>& arguments)
{
    if (arguments.empty() || arguments.front().empty())
        return false;
    if (arguments.size() > most_strings)
        return misconfigured("pam has " + std::to_string(arguments.size()) + " strings, and takes " + std::to_string(most_strings) +
                             " (a colon in a string is doubled: ${listquote{:}{…}})");
    std::size_t octets = 0;
    for (const auto& one : arguments) {
        if (one.find('\0') != std::string::npos)
            return false;
        octets += one.size();
    }
    if (octets > most_octets)
        return temporary("the strings of pam have " + std::to_string(octets) + " octets together, and it takes " + std::to_string(most_octets));
    if (!pam_)
        return misconfigured("PAM cannot be asked here");
    const auto reply = TRY(pam_->ask({arguments}));
    if (!reply.trouble.empty())
        return temporary(reply.trouble);
    return reply.is_good;
}

Result<bool> PasswordChecks::check(std::string_view method, const std::vector<std::string>& arguments)
{
    if (method == "ldapauth" && !arguments.empty())
        return lookup::ldap_login(lookups_.environment(), arguments.front());
    if (method == "pam")
        return ask_pam(arguments);
    if (method == "saslauthd" && arguments.size() >= 2)
        return ask_saslauthd(arguments);
    return misconfigured("support for \"" + std::string(method) + "\" not compiled");
}

}
