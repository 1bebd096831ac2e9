// What can be set: one row for each option, with its type, default, standing and a sentence of text.
// Everything that knows options knows them from these rows: the reader, -bP, the manual, the built-in
// macros _OPT_….
//
// Where an option is a typed member of a struct, its row names the member (Param); where it belongs to a
// driver, the row stands alone (Option) and the value is asked for by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/config/origin.h"

namespace gp::config {

enum class Type : std::uint8_t {
    boolean,
    integer,     // K, M, G, octal and hexadecimal forms
    size,        // the same, shown with K and M
    space,       // room on a disk: without a letter the number counts K; kept in octets
    octal,       // file modes
    fixed_point, // in thousandths
    time,
    string,
    string_list, // text in Exim's list syntax
    domain_list,
    host_list,
    address_list,
    local_part_list,
    user,       // a name or a number; with expansion, either that or a text with "$"
    group,
    user_list,
    group_list,
    time_list,  // delay_warning: times between colons
    rewrite_rules, // headers_rewrite of transports
};
std::string_view type_name(Type type); // as the manual calls it: "boolean", "string list" …

// What a second setting of the same option in one place means.
enum class Repeat : std::uint8_t {
    refused,
    all_true,       // condition: each must hold
    newline_joined, // headers_add
    colon_joined,   // headers_remove
    semicolon_joined, // set
};

enum class Standing : std::uint8_t {
    supported, // some code acts on it
    not_yet,   // refused by name when the daemon loads it
    moot,      // needs no action: what it asks for always holds here, or its subject does not exist here
    removed,   // Exim knew it once; named in the error with what replaced it
};

// What Exim expands before use is marked, so that it is parsed into a tree once.
enum class Use : std::uint8_t { literal, expanded };

struct Option {
    std::string_view name;
    Type type = Type::string;
    Use use = Use::literal;
    const char* initial = nullptr; // the default as it would be written; null is unset
    Standing standing = Standing::not_yet;
    std::string_view text;
    bool is_own = false; // Gatepost's addition, unknown to Exim
    Repeat repeat = Repeat::refused;
    bool is_alias = false; // another name for other options; listings leave it out
};

// A system user or group that a setting names.
struct Identity {
    static constexpr std::uint32_t no_group = 0xffffffff; // of a number that no user has

    std::string name; // as written
    std::uint32_t id = 0;
    std::uint32_t group = no_group; // of a user: the primary group
    bool operator==(const Identity&) const = default;
};

// A text that is expanded before use. The reader only copies it; whoever uses it parses it once.
struct Expandable {
    std::string text;
    bool is_set = false; // by the file, or by a default that is not "unset"
    Origin origin;
    bool is_constant() const { return text.find_first_of("$\\") == std::string::npos; }
};

using Value = std::variant<std::monostate, bool, std::int64_t, Duration, std::string, Identity, std::vector<Identity>,
                           std::vector<Duration>>;

// A set of rows that are read together: main options, or the generic and private ones of one driver.
class Table {
public:
    Table() = default;
    // Orders the rows by name. No name may be there twice, and every default must be a good value.
    Table(std::string title, std::vector<Option> options);
    Table(const Table&) = delete; // settings point into it
    Table& operator=(const Table&) = delete;
    const std::string& title() const { return title_; } // "main", "router accept"
    std::span<const Option> options() const { return options_; }
    const Option* find(std::string_view name) const;
    std::size_t index(const Option& option) const { return static_cast<std::size_t>(&option - options_.data()); }
    const Value& initial(std::size_t index) const { return initial_[index]; }

private:
    std::string title_;
    std::vector<Option> options_;
    std::vector<Value> initial_; // same order
};

struct Setting {
    const Option* option = nullptr;
    Value value;            // monostate: unset
    bool is_written = false;  // in the file, as opposed to the default
    bool is_computed = false; // a default that depends on the machine or on other settings
    bool is_hidden = false;
    Origin origin;
};

// One value for each row of a table: the defaults, and over them what the file says. Asking for a name
// that the table does not have, or for the wrong type, is a bug and ends the process.
class Settings {
public:
    Settings() = default;
    explicit Settings(const Table& table); // defaults; the table must outlive it
    const Table& table() const { return *table_; }
    std::span<const Setting> all() const { return settings_; }
    const Setting* find(std::string_view name) const; // null when there is no such option
    Setting& at(std::string_view name);
    const Setting& at(std::string_view name) const;

    bool is_written(std::string_view name) const { return at(name).is_written; }
    bool is_set(std::string_view name) const; // written or by default
    bool flag(std::string_view name) const; // not for a switch that may be an expansion: see expandable()
    std::int64_t number(std::string_view name) const; // integer, octal, fixed_point; 0 when unset
    Duration time(std::string_view name) const;
    const std::string& text(std::string_view name) const; // strings and lists; empty when unset
    Expandable expandable(std::string_view name) const;   // any type, as text
    std::vector<std::string> list(std::string_view name) const; // a literal string list, split
    const Identity* identity(std::string_view name) const;      // null when unset or to be expanded
    std::span<const Identity> identities(std::string_view name) const;
    std::span<const Duration> times(std::string_view name) const;
    const Origin& origin(std::string_view name) const { return at(name).origin; }

private:
    const Table* table_ = nullptr;
    std::vector<Setting> settings_; // same order as the table
};

// A row whose value also lives in a member of S.
template <class S>
struct Param {
    using Member = std::variant<std::monostate, bool S::*, std::int64_t S::*, Duration S::*, std::string S::*,
                                Expandable S::*, Identity S::*, std::vector<Identity> S::*,
                                std::vector<Duration> S::*, std::vector<std::string> S::*>;
    std::string_view name;
    Member member;
    Type type = Type::string;
    Use use = Use::literal;
    const char* initial = nullptr;
    Standing standing = Standing::not_yet;
    std::string_view text;
    bool is_own = false;
    bool is_alias = false;

    Option option() const { return {name, type, use, initial, standing, text, is_own, Repeat::refused, is_alias}; }
};

// Copies the settings that have a member to it; what is unset leaves the member as it is.
template <class S>
void fill(S& target, std::span<const Param<S>> params, const Settings& settings);

}

#include "common/config/detail/fill.h"
