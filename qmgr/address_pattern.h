// One item of an address list, as retry rules have it (manual 32.2 and 10.20): what can be decided without
// the configuration's language.
//
//   *                     everything            dom.example, *.dom.example, *dom   a domain
//   user@dom, *user@*.dom an address            *@dom                              any address of a domain
//   ^regex                against the address   !item                              anything else
//
// The subject is an address, or a domain alone (a host, a domain that cannot be routed): then patterns with
// a local part do not match, and a regular expression sees "*@domain". Regular expressions are matched by
// the function that the caller brings; list names, look-ups and expansions are router's (retry_questions.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::qmgr {

using RegexMatcher = std::function<bool(std::string_view regex, std::string_view subject)>;

class AddressPattern {
public:
    static Result<AddressPattern> parse(std::string_view text, const RegexMatcher& regex);
    bool matches(std::string_view subject) const;
    const std::string& text() const { return text_; }

private:
    bool matches_plain(std::string_view subject) const;

    std::string text_;
    bool negated_ = false;
    bool is_regex_ = false;
    bool has_local_part_ = false;
    std::string local_part_; // may begin with an asterisk
    std::string domain_;     // the same; or the regular expression
    RegexMatcher regex_;
};

// A colon-separated list of such items, for senders=: the first one that matches decides. An empty item
// matches the null sender, as in Exim's "senders = :".
class AddressPatternList {
public:
    static Result<AddressPatternList> parse(std::string_view text, const RegexMatcher& regex);
    bool matches(std::string_view address) const;

private:
    struct Item {
        bool null_sender = false;
        AddressPattern pattern;
        bool negated = false;
    };
    std::vector<Item> items_;
};

}
