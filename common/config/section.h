// The parts of a configuration file before anything is known of option names: main settings, named
// lists, driver instances, access control lists, retry and rewriting rules, each with its origin.
//
// `read_document` makes it from logical lines; conf/params gives the settings their types.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/lexer.h"

namespace gp::config {

// "name = value", "name", "no_name": one line of settings, the value still as written (quotes and all).
struct Assignment {
    std::string name;
    std::optional<std::string> value; // none: there was no "="
    bool is_hidden = false;           // "hide" stood before it
    Origin origin;
};

enum class ListKind : std::uint8_t { domain, host, address, local_part };
std::string_view keyword(ListKind kind); // "domainlist" …

// domainlist local_domains = … (manual 10.6).
struct NamedList {
    ListKind kind = ListKind::domain;
    std::string name;
    std::string value; // unquoted; expanded each time it is used
    bool is_cached_always = false; // domainlist_cache and friends (manual 10.8)
    bool is_hidden = false;
    Origin origin;
};

// A router, transport or authenticator as written.
struct Instance {
    std::string name;
    std::string driver; // value of its "driver" setting; empty when that is missing
    std::vector<Assignment> settings; // all, "driver" included, in the order of the file
    Origin origin;
};

// An access control list: its statement lines, for common/acl to parse.
struct Acl {
    std::string name;
    std::vector<Line> lines;
    Origin origin;
};

struct Document {
    std::vector<Assignment> main;
    std::vector<NamedList> lists;
    std::vector<Acl> acls;
    std::vector<Instance> routers, transports, authenticators;
    std::vector<Line> retry, rewrite;
    std::vector<Assignment> local_scan;
    std::optional<Origin> local_scan_begins;
    // Every logical line but macro definitions, "begin" lines included: what flat.h packs.
    std::vector<Line> lines;
};

// Reads to the end of the lines. Whatever is wrong goes to `problems`; what is right is in the document.
using NextLine = std::function<std::optional<Line>()>;
Document read_document(const NextLine& next, Macros& macros, Problems& problems);

}
