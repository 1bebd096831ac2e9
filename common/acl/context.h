// What an ACL runs in: the scene, what is judged, what was decided so far, and whom words may ask.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/acl/where.h"
#include "common/base/result.h"
#include "common/expand/scene.h"
#include "common/mail/policy_state.h"

namespace gp::acl {

class Acls;

// Yes, no, or cannot tell now.
enum class Truth { yes, no, defer };

struct Verified {
    Truth truth = Truth::no;
    std::string message;     // for the client, when nothing else is said
    std::string log_message;
    std::string address_data;
    std::string failure;     // $recipient_verify_failure, $sender_verify_failure: "route", "mail" …
};

// Verification that needs routers (the verify condition): router supplies it.
class Verifier {
public:
    virtual ~Verifier() = default;
    virtual Verified sender(std::string_view address) = 0;
    virtual Verified recipient(std::string_view address) = 0;
};

// Texts that a refusal carries; set by message, log_message and conditions.
struct Texts {
    std::string user;
    std::string log;
};

struct Context {
    expand::Scene& scene;
    Where where;
    mail::PolicyState& state;
    const Acls& acls;
    Verifier* verifier = nullptr;
    std::string_view sender;                     // from MAIL on
    bool sender_given = false;
    std::string_view recipient;                  // at RCPT: the address; at VRFY and EXPN the argument
    const std::vector<std::string>* recipients = nullptr; // accepted so far
    std::string_view headers;                    // at DATA, LF or CRLF lines

    std::uint32_t delay_ms = 0;                  // asked for by `delay`
    Texts texts;                                 // of the refusal
    unsigned depth = 0;                          // nested calls

    static constexpr unsigned most_depth = 20;   // as Exim
};

}
