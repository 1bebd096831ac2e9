// Addresses of a header that rewriting, qualifying or another name of a domain has changed, put into its text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gp::mail {

struct AddressChange {
    std::size_t begin, end; // in the header's value
    std::string text;
};

// The header with these changes, which are in its order. What they make longer is folded as in Exim: behind the comma after
// a changed address, when more than 40 characters stand in front of it since the header's start or the fold before.
// `front` is what stands before the value, which has the header's line ends.
std::string with_changes(std::string_view front, std::string_view value, std::span<const AddressChange> changes);

}
