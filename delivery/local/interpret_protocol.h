// A user's own .forward or filter, read and obeyed with that user's rights. Router has neither the file nor the right
// to act as the user: it tells launcher what there is to know of the message, a child that has become the user obeys
// the file, and launcher signs what comes of it (tickets.h). A ticket is the one authority by which a pipe, a file or a
// reply of a user's own making is carried out later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/filter/outcome.h"
#include "common/filter/rules.h"
#include "common/mail/envelope.h"

namespace gp::launcher {

// A value that an expansion sees, and who had a hand in it; empty: nobody.
struct Known {
    std::string name, value, taint;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
        field("taint", self.taint);
    }
};

// What expansions in the file see of the message and the address.
struct Sight {
    std::string message_id, sender, return_path, headers, body_start, body_end, sieve_body, queue_name, received_for;
    bool has_message = false, has_headers = false, has_return_path = false, smtputf8 = false, is_first_delivery = false;
    bool is_manually_thawed = false, is_queue_run = false;
    std::vector<std::string> recipients;
    bool recipients_are_shown = false;
    std::int64_t recipients_count = 0, size = 0, body_size = 0, linecount = 0, body_linecount = 0, body_zerocount = 0;
    std::int64_t received_count = 0, received_time = 0, age = 0, max_received_linelength = 0;
    std::int64_t originator_uid = -1, originator_gid = -1;
    mail::Origin origin;
    bool has_origin = false;
    std::vector<mail::Variable> acl_variables;
    std::vector<Known> facts;
    bool has_address = false, address_is_tainted = true, affix_is_tainted = false;
    std::string local_part, domain, local_part_prefix, local_part_suffix, local_part_prefix_v, local_part_suffix_v;
    std::string original_local_part, original_domain, parent_local_part, parent_domain, home, self_hostname, router_name;
    std::int64_t local_user_uid = -1, local_user_gid = -1;
    static void fields(auto& self, auto&& field)
    {
        field("message_id", self.message_id);
        field("sender", self.sender);
        field("return_path", self.return_path);
        field("headers", self.headers);
        field("body_start", self.body_start);
        field("body_end", self.body_end);
        field("sieve_body", self.sieve_body);
        field("queue_name", self.queue_name);
        field("received_for", self.received_for);
        field("has_message", self.has_message);
        field("has_headers", self.has_headers);
        field("has_return_path", self.has_return_path);
        field("smtputf8", self.smtputf8);
        field("is_first_delivery", self.is_first_delivery);
        field("is_manually_thawed", self.is_manually_thawed);
        field("is_queue_run", self.is_queue_run);
        field("recipients", self.recipients);
        field("recipients_are_shown", self.recipients_are_shown);
        field("recipients_count", self.recipients_count);
        field("size", self.size);
        field("body_size", self.body_size);
        field("linecount", self.linecount);
        field("body_linecount", self.body_linecount);
        field("body_zerocount", self.body_zerocount);
        field("received_count", self.received_count);
        field("received_time", self.received_time);
        field("age", self.age);
        field("max_received_linelength", self.max_received_linelength);
        field("originator_uid", self.originator_uid);
        field("originator_gid", self.originator_gid);
        field("origin", self.origin);
        field("has_origin", self.has_origin);
        field("acl_variables", self.acl_variables);
        field("facts", self.facts);
        field("has_address", self.has_address);
        field("address_is_tainted", self.address_is_tainted);
        field("affix_is_tainted", self.affix_is_tainted);
        field("local_part", self.local_part);
        field("domain", self.domain);
        field("local_part_prefix", self.local_part_prefix);
        field("local_part_suffix", self.local_part_suffix);
        field("local_part_prefix_v", self.local_part_prefix_v);
        field("local_part_suffix_v", self.local_part_suffix_v);
        field("original_local_part", self.original_local_part);
        field("original_domain", self.original_domain);
        field("parent_local_part", self.parent_local_part);
        field("parent_domain", self.parent_domain);
        field("home", self.home);
        field("self_hostname", self.self_hostname);
        field("router_name", self.router_name);
        field("local_user_uid", self.local_user_uid);
        field("local_user_gid", self.local_user_gid);
    }
};

// One line of a list of addresses (common/filter/alias_list.h), or what :fail: and its like say.
struct ListItem {
    std::uint32_t kind = 0; // AliasItem::Kind
    std::string text;
    bool has_domain = false, keeps_domain = false, forbidden = false;
    std::string ticket;
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("text", self.text);
        field("has_domain", self.has_domain);
        field("keeps_domain", self.keeps_domain);
        field("forbidden", self.forbidden);
        field("ticket", self.ticket);
    }
};

struct InterpretReply {
    static constexpr std::size_t max_size = 5 * 1024 * 1024;
    bool is_good = true;
    bool is_permanent = false;  // the error is one of the text, and not one that passes by itself
    bool is_changed = false;    // it is not the file that was seen before
    bool is_unsettled = false;  // the child could not become the user
    std::string error;
    std::vector<ListItem> items;
    std::vector<std::string> syntax_errors;
    filter::Outcome outcome;
    static void fields(auto& self, auto&& field)
    {
        field("is_good", self.is_good);
        field("is_permanent", self.is_permanent);
        field("is_changed", self.is_changed);
        field("is_unsettled", self.is_unsettled);
        field("error", self.error);
        field("items", self.items);
        field("syntax_errors", self.syntax_errors);
        field("outcome", self.outcome);
    }
};

// "What does that user's file want done?" The same limits and errors as FileQuestion's.
struct InterpretQuestion {
    enum class Language : std::uint8_t { list, exim, sieve };
    static constexpr std::string_view name = "obey_user_file";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = InterpretReply;
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    std::string login, path; // as FileQuestion's
    std::uint64_t largest = 0;
    Language language = Language::list; // that router saw
    bool delivers = false;              // no test and no verification: logs are written
    filter::Rules rules;
    std::vector<std::string> forbidden; // words of expansions
    bool allow_fail = false, allow_defer = false, forbid_pipe = false, forbid_file = false, forbid_include = false;
    bool forbid_blackhole = false, skip_syntax_errors = false;
    std::string include_directory;
    std::uint64_t items_max = 50000;
    Sight sight;
    static void fields(auto& self, auto&& field)
    {
        field("uid", self.uid);
        field("gid", self.gid);
        field("groups", self.groups);
        field("login", self.login);
        field("path", self.path);
        field("largest", self.largest);
        field("language", self.language);
        field("delivers", self.delivers);
        field("rules", self.rules);
        field("forbidden", self.forbidden);
        field("allow_fail", self.allow_fail);
        field("allow_defer", self.allow_defer);
        field("forbid_pipe", self.forbid_pipe);
        field("forbid_file", self.forbid_file);
        field("forbid_include", self.forbid_include);
        field("forbid_blackhole", self.forbid_blackhole);
        field("skip_syntax_errors", self.skip_syntax_errors);
        field("include_directory", self.include_directory);
        field("items_max", self.items_max);
        field("sight", self.sight);
    }
};
constexpr InterpretQuestion::Language enum_limit(InterpretQuestion::Language)
{
    return InterpretQuestion::Language::sieve;
}

}
