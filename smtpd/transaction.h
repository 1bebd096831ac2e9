// One mail transaction: what MAIL and RCPT have said so far, RFC 5321 section 3.3.
//
// Recipients are bounded twice: by recipients_max, which counts every RCPT command as Exim does, and by
// recipients_memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"
#include "common/smtp/parameter.h"

namespace gp::smtpd {

class Transaction {
public:
    void begin(std::string sender, std::string sender_as_sent, smtp::MailParameters parameters);
    void reset() { *this = Transaction{}; }

    bool has_sender() const { return has_sender_; }
    const std::string& sender() const { return sender_; }
    const smtp::MailParameters& parameters() const { return parameters_; }

    // Counts a RCPT command; false when there were too many already.
    bool count_recipient(std::uint32_t most);
    bool has_room(std::size_t octets, std::uint64_t most) const { return octets_ + octets <= most; }
    void accept(mail::Recipient recipient);
    void discard() // accepted, and nothing is kept of it
    {
        ++discarded_;
        kept_.push_back(false);
    }
    // Of each accepted recipient in their order: whether anything is kept of it. LMTP has a reply for each.
    const std::vector<bool>& kept() const { return kept_; }
    void discard_all(std::string why) // said at MAIL
    {
        discards_all_ = true;
        why_discarded_ = std::move(why);
    }
    void refuse(const std::string& reply, bool is_temporary);

    const std::vector<mail::Recipient>& recipients() const { return recipients_; }
    // DATA may come: some recipient was accepted.
    bool has_recipients() const { return !recipients_.empty() || discarded_ > 0; }
    bool is_discarded() const { return discards_all_ || recipients_.empty(); }
    std::uint32_t refused() const { return refused_; }
    std::uint32_t deferred() const { return deferred_; }
    bool overflowed() const { return overflowed_; }
    bool was_overflow_told() const { return overflow_told_; }
    void overflow_was_told() { overflow_told_ = true; }
    // Every refusal so far was worded alike: the words; else empty.
    const std::string& common_refusal() const { return common_refusal_; }

    bool discards_all() const { return discards_all_; }
    const std::string& why_discarded() const { return why_discarded_; } // log_message of MAIL's ACL
    mail::Envelope envelope() const;

    // The connection that the message is to be cut through over (control = cutthrough_delivery); none: it is not.
    const ipc::Fd& cut() const { return cut_; }
    void cut_over(ipc::Fd connection) { cut_ = std::move(connection); }
    static std::size_t cost_of(const mail::Recipient& recipient);

private:
    bool has_sender_ = false;
    std::string sender_, sender_original_;
    smtp::MailParameters parameters_;
    std::vector<mail::Recipient> recipients_;
    std::vector<bool> kept_;
    std::uint64_t octets_ = 0;
    std::uint32_t commands_ = 0, refused_ = 0, deferred_ = 0, discarded_ = 0;
    bool overflowed_ = false, overflow_told_ = false;
    bool discards_all_ = false;
    std::string why_discarded_;
    std::string common_refusal_;
    ipc::Fd cut_;
};

}
