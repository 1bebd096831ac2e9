// Redirection data that is no filter: a list of addresses, pipes, files and special items (manual 22.5,
// 22.6). Parsing is pure; reading of :include: files is the caller's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/address_parser.h"

namespace gp::filter {

struct AliasItem {
    enum class Kind { address, pipe, file, fail, defer, blackhole, unknown };
    Kind kind = Kind::address;
    std::string text; // the address without domain completion, the command with its |, the path, the message
    bool has_domain = false;
    bool keeps_domain = false; // written with a backslash: the domain of the incoming address belongs to it
    bool forbidden = false;    // a pipe or a file where none may be: its delivery fails
    std::string ticket;        // of a user's own list: by what launcher knows a pipe or a file again
};

struct AliasRules {
    bool allow_fail = false, allow_defer = false;
    bool forbid_pipe = false, forbid_file = false, forbid_include = false, forbid_blackhole = false;
    bool skip_syntax_errors = false;
    bool is_file = false; // as errors call it: "redirect file"
    std::string include_directory; // in which :include: files must lie; empty: anywhere
    std::size_t items_max = 50000;
    unsigned include_depth = 20;
    mail::AddressRules addresses;
    // Reads an :include: file.
    std::function<Result<std::string>(const std::string& path)> read;
};

struct AliasList {
    std::vector<AliasItem> items;
    std::vector<std::string> syntax_errors; // with skip_syntax_errors
};

// An error is temporary (a deferral) unless its blame says otherwise.
Result<AliasList> parse_alias_list(std::string_view text, const AliasRules& rules);

}
