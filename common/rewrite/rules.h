// Address rewriting (manual chapter 31): rules in order, each with the places where it applies. router rewrites
// the envelope and the headers of a message that comes in, children of redirection, and what headers_rewrite
// of a transport asks for; `exim -brw` shows it.
//
// A rule that fails spoils nothing: the address stays as the rules before left it, and the reason is in Notes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/origin.h"
#include "common/expand/lists.h"
#include "common/lookup/regex.h"
#include "common/mail/header_list.h"

namespace gp::rewrite {

// Where an address stands; the bits of a rule say for which it is.
enum Where : std::uint32_t {
    in_sender = 1, in_from = 2, in_to = 4, in_cc = 8, in_bcc = 16, in_reply_to = 32,
    env_from = 64, env_to = 128, at_smtp_time = 256,
    all_headers = in_sender | in_from | in_to | in_cc | in_bcc | in_reply_to,
    all_envelope = env_from | env_to,
};

std::string_view name_of(Where where); // "env-from": as logs and -brw have it
// The place that a header of this name (also Resent-) is; 0: none that rewriting knows.
std::uint32_t place_of(std::string_view header_name);

struct RuleText {
    std::string pattern, replacement, flags;
    config::Origin origin;
};

// What was done, for the log: address_rewrite, and what went wrong.
struct Note {
    std::string before, after;
    Where where = env_from;
    std::size_t rule = 0; // from 1 on
};
struct Notes {
    std::vector<Note> done;
    std::vector<std::string> troubles; // for mainlog and paniclog
    std::vector<std::string> remarks;  // for the mainlog: addresses of headers that cannot be read
};

class Rules {
public:
    Rules() = default;
    // Errors name file and line. `for_headers_only`: headers_rewrite, where E, F, T and S are refused.
    static Result<Rules> read(const expand::Language& language, const std::vector<RuleText>& texts,
                              bool for_headers_only = false);

    bool empty() const { return rules_.empty(); }
    // Whether any rule is for one of these places.
    bool apply_to(std::uint32_t places) const { return (places_ & places) != 0; }

    // The envelope's addresses; what no rule changes comes back as it is. The null sender is never rewritten,
    // but a sender may become it.
    std::string address(expand::Scene& scene, std::string_view address, Where where, Notes* notes = nullptr) const;
    // MAIL's and RCPT's argument before anything else is done with it (flag S).
    std::string command(expand::Scene& scene, std::string_view argument, Notes* notes = nullptr) const;
    // A header with all its addresses rewritten; nullopt when nothing changes.
    std::optional<std::string> header(expand::Scene& scene, const mail::Header& header, Notes* notes = nullptr) const;

private:
    struct Rule {
        expand::Expression pattern, replacement;
        bool keeps = false; // the replacement is "*"
        std::uint32_t places = 0;
        bool quits = false, repeats = false, whole = false, qualifies = false;
    };
    struct Rewritten {
        std::string address; // the working part
        std::string whole;   // with phrase and comments, when a rule replaces the whole item
        bool changed = false;
    };
    enum class Next { on, stop, again };
    static Result<Rule> read_one(const expand::Language& language, const RuleText& text, bool for_headers_only);
    Rewritten apply(expand::Scene& scene, std::string_view address, Where where, Notes* notes) const;
    Next try_rule(expand::Scene& scene, std::size_t index, Where where, Rewritten& state, Notes* notes) const;
    Result<bool> matches(expand::Scene& scene, const Rule& rule, std::string_view address, Where where) const;
    static Result<bool> matches(expand::Scene& scene, std::string_view pattern, std::string_view address, Where where);

    std::vector<Rule> rules_;
    std::uint32_t places_ = 0;
};

// Every address of the header whose domain is `old` gets `other` in its place: names that a look-up completed,
// self = reroute: rewrite. nullopt when there is none.
std::optional<std::string> with_domain(const mail::Header& header, std::string_view old, std::string_view other);

// The eight lines of -brw for an address as somebody wrote it; what is wrong with it if it is none.
std::string test_lines(const Rules& rules, expand::Scene& scene, std::string_view given);

}
