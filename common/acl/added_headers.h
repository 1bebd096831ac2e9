// Headers that an ACL adds: add_header, and `message` of a warn statement (manual 44.24).
#pragma once

#include <string_view>

#include "common/acl/context.h"

namespace gp::acl {

inline constexpr std::size_t most_header_edits = 1000; // added and removed, of one message

// Keeps an edit with the message's state; the same one twice is kept once.
Status keep_edit(Context& context, mail::HeaderEdit::Where where, std::string text);

// The text may be several headers, each with its place in front; what has no name is called X-ACL-Warn.
Status add_headers(Context& context, std::string_view text);

// $headers_added, of what is kept so far.
void show_added_headers(Context& context);

}
