// What smtpd asks router before it looks at an address at all, where rewriting rules have flag S (manual 31.9).
#pragma once

#include <string>
#include <string_view>

#include "common/mail/envelope.h"

namespace gp::mail {

// "What is this path of MAIL or RCPT really?" As sent, with its angle brackets; it need not be an address.
struct RewritePath {
    static constexpr std::string_view name = "rewrite_path";
    static constexpr bool repeatable = true;
    struct Reply {
        std::string path;
        static void fields(auto& self, auto&& field) { field("path", self.path); }
    };
    Origin origin;
    std::string path;
    static void fields(auto& self, auto&& field)
    {
        field("origin", self.origin);
        field("path", self.path);
    }
};

}
