// One message of a local caller: checks what the caller says against what they may say, builds the
// envelope and hands the octets on. Used for the socket and for the drop directory alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cleanup/submit/complaint.h"
#include "cleanup/submit/handover.h"
#include "cleanup/submit/line_ends.h"
#include "cleanup/submit/parameters.h"
#include "cleanup/submit/protocol.h"
#include "common/base/clock.h"
#include "common/mail/address_parser.h"
#include "common/mail/message_id.h"
#include "common/process/peer.h"
#include "router/login_protocol.h"

namespace gp::submit {

struct Services {
    ipc::Link& router;
    ipc::Link& cleanup;
};

// From the socket, or from the owner of a dropped file.
using process::Peer;

class LetterBox {
public:
    LetterBox(const Parameters& parameters, Services services, const Clock& clock, mail::MessageIdGenerator& ids);

    // The head; the id that the message will have. An error is permanent with the text for the caller; when it
    // is to be mailed it comes with finish(), and the message is taken for its copy.
    Result<std::string> open(const Letter& letter, const Peer& peer);
    // mua_wrapper: its caller waits for the delivery, and hears of every failure that way.
    void deliver_now() { submit_.deliver_now = true; }
    Status add(std::string_view octets);
    // False once what follows would change nothing: finish() has its answer already.
    bool wants_more() const;
    Result<Finish::Reply> finish();
    // The caller went away before the end. Of a batch of SMTP (-bS) Exim's log tells so.
    void lost() const;

private:
    Status fill_origin(const Letter& letter, const Peer& peer);
    Status fill_sender(const Letter& letter);
    Status fill_recipients(const Letter& letter);
    Status find_size_limit();
    Status start_policy();
    void take_from_line(std::string& octets);
    void note_blank_line(std::string_view octets);
    void keep_copy(std::string_view octets);
    // Mails the complaint when the caller wanted that; true when it is on its way.
    bool complain(Complaint::Why why, std::vector<std::string> details, bool others_were_taken = false);
    Complaint::Why reason(const cleanup::SubmitReply& answer) const;
    void log_wanting(bool bad) const;
    void show_completed(const std::string& headers);
    void log_refusal(const cleanup::SubmitReply& answer) const;
    void log_too_big(const cleanup::SubmitReply& shown) const;
    Finish::Reply refused(const std::string& text, Complaint::Why why, std::vector<std::string> details);
    Duration cleanup_patience() const { return Duration{std::int64_t{parameters_.cleanup_timeout} * 1000}; }
    mail::AddressRules rules(bool allow_null) const;

    const Parameters& parameters_;
    Services services_;
    const Clock& clock_;
    mail::MessageIdGenerator& ids_;
    router::CallerReply caller_;
    cleanup::Submit submit_;
    std::optional<Handover> handover_;
    LineEnds line_ends_;
    std::string head_; // the first line, until it is known not to be a UUCP "From " line
    bool head_seen_ = false;
    bool in_body_ = false;
    std::uint64_t size_limit_ = 0; // 0: none
    bool too_big_ = false;
    std::uint64_t lines_ = 0;      // that came
    bool mail_errors_ = false;
    std::string bad_argument_; // why nothing is handed on; the caller hears it at the end of the message
    std::string bad_recipient_; // the same for the report: the address as given, and what is wrong with it
    std::string last_octets_;  // up to three, for the blank line behind the headers
    std::string copy_;         // the beginning of the message, while a complaint may follow
    bool copy_is_cut_ = false;
};

}
