// A message of the queue as exipick's criteria see it: variables by name, all of them texts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

struct PickMessage {
    std::string id, sender, age_shown, size_shown; // of the listing
    bool is_frozen = false;
    std::map<std::string, std::string, std::less<>> variables; // without the dollar sign
    std::vector<std::string> recipients, delivered;

    // The first line of the listing; `middle` (variables, in the form of one line) takes the place of the size.
    std::string head(std::string_view middle = {}) const;
    // The value; nothing when the message has no such variable.
    std::string value(std::string_view name) const;
    bool has(std::string_view name) const { return variables.contains(name); }
};

// The queue of the instance, in order of id, as `gatepost queue list --json` has it.
Result<std::vector<PickMessage>> picked_from(std::string_view json);

// Adds what the -H form of a message says: headers, the client, the protocol. $h_… are decoded into `charset`.
Status add_header_file(PickMessage& message, std::string_view text, std::string_view charset);

// The messages in the -H and -D files of a folder, in order of id, as Exim and `gatepost queue export --exim` leave them;
// split folders (one letter each) as well. What cannot be read is told on standard error and left out.
Result<std::vector<PickMessage>> picked_from_folder(const std::string& folder, std::string_view charset);

// Whether a variable is known without that form.
bool is_of_listing(std::string_view name);
// Whether exipick knows the variable at all: $h_…, $acl_m… and the like among them.
bool is_pick_variable(std::string_view name);

}
