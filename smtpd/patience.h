// How much nonsense a client may talk: budgets of syntax and protocol errors, of unknown commands, and of
// commands that bring no mail (smtp_max_synprot_errors, smtp_max_unknown_commands,
// smtp_accept_max_nonmail).
#pragma once

#include <cstdint>

namespace gp::smtpd {

class Patience {
public:
    Patience(std::uint32_t max_errors, std::uint32_t max_unknown, std::uint32_t max_nonmail)
        : max_errors_(max_errors), max_unknown_(max_unknown), max_nonmail_(max_nonmail)
    {
    }

    // Each says false when that was the last straw.
    bool bears_error() { return ++errors_ <= max_errors_; }
    bool bears_unknown() { return ++unknown_ <= max_unknown_; }

    // Commands that are free once between messages (manual chapter 14.23, smtp_accept_max_nonmail).
    enum class Free : unsigned { none = 0, hello = 1, rset = 2, starttls = 4, auth = 8 };
    bool bears_nonmail(Free kind)
    {
        const auto bit = static_cast<unsigned>(kind);
        if (bit != 0 && (free_ & bit)) {
            free_ &= ~bit;
            return true;
        }
        return ++nonmail_ <= max_nonmail_;
    }
    void set_max_nonmail(std::uint32_t most) { max_nonmail_ = most; }
    void message_came() { free_ |= 1 | 2 | 4; }
    void tls_started() { free_ |= 1 | 8; }
    void authenticated() { free_ |= 1; } // EHLO may be said again

private:
    std::uint32_t max_errors_, max_unknown_, max_nonmail_;
    std::uint32_t errors_ = 0, unknown_ = 0, nonmail_ = 0;
    unsigned free_ = 1 | 2 | 4 | 8;
};

}
