// mailto: addresses (RFC 6068), the one method by which notify notifies (RFC 5436).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gp::sieve {

struct MailTo {
    std::vector<std::string> recipients;
    std::string subject, body;
    bool has_subject = false, has_body = false;
    std::string headers; // others that a notification may have, as lines
};

// Nothing: it is no mailto: with at least one good address.
std::optional<MailTo> parse_mailto(std::string_view uri);

}
