// Turns router's verdicts into replies. smtpd decides nothing itself: where the configuration has
// something to say, router is asked; where it has not, Exim's default holds without a question.
#pragma once

#include <string>

#include "common/smtp/reply.h"
#include "smtpd/reception.h"

namespace gp::smtpd {

struct Decision {
    router::Verdict verdict = router::Verdict::accept;
    smtp::Reply reply;       // when it is not accepted; on acceptance code 0 unless router words the answer
    std::string reply_line;  // the reply in one line, without what was learnt by verification
    std::string log_text;    // what the log says of a refusal; may be empty
    std::string first_log_text; // and on a line of its own before that
    std::uint32_t log_targets = mail::log_to_main | mail::log_to_reject;
    std::string address;     // qualified and rewritten; empty: as it was
    std::uint32_t delay_ms = 0;
    std::vector<std::string> auth_mechanisms; // of helo
    std::string authenticator, authenticated_id;
    std::string host_name; // the client's, when helo made router look it up
    bool host_lookup_failed = false;
    ipc::Fd cut; // of rcpt: AskReply::cut
    bool drops_cut = false;

    bool is_accepted() const { return verdict == router::Verdict::accept || verdict == router::Verdict::discard; }
    bool is_temporary() const { return verdict == router::Verdict::defer || reply.code / 100 == 4; }
    bool ends_session() const { return verdict == router::Verdict::drop; }
};

class Policy {
public:
    explicit Policy(const Reception& reception) : reception_(reception) {}

    // Asks, unless the phase has nothing to say; then `otherwise` is the verdict. The state that comes
    // back replaces the one in `question`. When nobody answers: a temporary refusal.
    Decision judge(router::Ask& question, router::Verdict otherwise, bool in_any_case = false) const;
    Result<router::GreetReply> greet(const mail::Origin& origin) const;

    static Decision decision_of(const router::AskReply& answer);
    // What the client hears: the words of policy are broken into lines, what comes before them is not.
    static std::string words_of(std::string_view first_text, std::string_view text);

private:
    const Reception& reception_;
};

}
