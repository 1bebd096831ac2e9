// What a list says of a subject, and what lists stand on. Domain, host, address and local-part lists
// (manual chapter 10) all answer with a Match; the words list.h, host_list.h … build on these.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/tainted.h"
#include "common/lookup/lookups.h"
#include "common/match/names.h"
#include "common/net/address.h"

namespace gp::match {

enum class Kind { domain, host, address, local_part };

// "domain", "host", "address", "local part": as error texts call them.
std::string_view kind_name(Kind kind);

// Yes or no. "Cannot tell" is an Error with Blame::temporary: a list never takes a silent server for a no.
struct Match {
    bool matched = false;
    // What matched: the item, or what a look-up found for it ($domain_data, $local_part_data, $value …).
    Text value;
    // $0, $1 … set by an item that is a regular expression or begins with an asterisk.
    std::vector<std::string> captures;
    bool has_captures = false;
    bool is_looked_up = false; // the value is what a look-up found

    explicit operator bool() const { return matched; }
    static Match no() { return {}; }
};

// A named list as the configuration has it, unexpanded.
struct NamedList {
    std::string text;
    bool always_cached = false; // domainlist_cache …
    bool hidden = false;
};
using NamedListTable = std::map<std::string, NamedList, std::less<>>;
struct NamedLists {
    NamedListTable domains, hosts, addresses, local_parts;
    const NamedListTable& of(Kind kind) const;
    NamedListTable& of(Kind kind);
};

// This machine, as lists know it.
struct Self {
    std::string primary_hostname;
    std::vector<net::Address> addresses;         // of its interfaces: @[] in host lists
    std::vector<net::Address> routing_addresses; // local for routing: @[] in domain lists, @mx_…
    std::string treated_as_local;                // hosts_treat_as_local, unexpanded: names that @mx_… takes for ours
};

// What was found out about named lists during one message: an answer is asked for once. Owned by whoever
// owns the message (or the connection); reset when what the lists depend on changes.
class Remembered {
public:
    const Match* find(Kind kind, std::string_view list, std::string_view subject) const;
    void keep(Kind kind, std::string_view list, std::string_view subject, const Match& match);
    void clear() { answers_.clear(); }

private:
    static constexpr std::size_t most_answers = 1000;
    std::map<std::string, Match, std::less<>> answers_;
};

// What a list may ask of the one who matches it. expand/lists.h has the one that real code uses.
class Asker {
public:
    virtual ~Asker() = default;
    // A list with "$" in it, expanded. An error with Cause::forced_fail means: the subject is not in it.
    virtual Result<Text> expand(std::string_view list) = 0;
    // The hooks of look-ups inside lists.
    virtual const lookup::Hooks& hooks() = 0;
    virtual Remembered* remembered() { return nullptr; }
    // What the log of a session has of names that lead nowhere, in Exim's words.
    enum class Missing { address_of_name, name_of_client };
    virtual void tell_missing(Missing, std::string_view /*name or address*/) {}

    // Lists within lists that are being matched for this asker. A list that refers to itself ends at the limit.
    static constexpr unsigned most_nested_lists = 20;
    unsigned nested_lists = 0;
};

}
