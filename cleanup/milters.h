// The milters of sessions and messages: whom to ask in which order, what becomes of a message when one of them fails,
// and which of them is left alone for a while because it has failed too often.
//
// Nothing of the protocol is spoken here: router makes the connections, scan holds the conversations, and what a
// milter wants changed comes as data (milter_changes.h).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cleanup/work.h"
#include "common/base/breaker.h"
#include "common/ipc/channel.h"

namespace gp::cleanup {

// What the client hears of a refusal.
SubmitReply refusal_of(const mail::MilterVerdict& verdict, const std::string& milter);

class MilterDesk;

class MilterSession {
public:
    MilterSession(MilterDesk& desk, const mail::MilterSet& set);
    ~MilterSession(); // scan drops what was not ended
    MilterSession(const MilterSession&) = delete;
    MilterSession& operator=(const MilterSession&) = delete;

    // An error is our own trouble, for which no milter is to blame.
    Result<MilterAnswer> tell(const MilterQuestion& question);
    // The message, and what becomes of it.
    Ended give(Work& work);
    void end(bool only_message);

private:
    struct Party {
        const mail::Milter& milter;
        std::string place;                   // whom it is spoken with: log lines name it
        std::shared_ptr<ipc::Channel> scan;  // null: no conversation yet, or no more
        std::uint64_t talk = 0;
        bool has_failed = false;
        bool is_lost = false;                // by us: the next message begins it anew
    };
    // What the milter does wrong is a text, empty when it is there, or a verdict in place of its own; an error is ours.
    Result<std::string> open(Party& party);
    Result<std::string> begin(Party& party, const std::string& place);
    Result<mail::MilterVerdict> tell(Party& party, const MilterQuestion& question);
    Result<mail::MilterVerdict> begin_anew(Party& party);
    Result<mail::MilterVerdict> say(Party& party, const MilterQuestion& question);
    Result<mail::MilterVerdict> give(Party& party, Work& work);
    Error lost(Party& party, const Error& error);
    mail::MilterVerdict failed(Party& party, const std::string& why);
    void note_failure(const Party& party, const std::string& why, const std::string& what_now);
    mail::MilterVerdict instead(Party& party, const std::string& why);
    static void drop(Party& party);

    MilterDesk& desk_;
    const std::string& daemon_name_;
    std::vector<Party> parties_;
    std::optional<MilterQuestion> connect_, helo_; // as they were told
    std::string discarded_by_, quarantined_by_;
    bool in_message_ = false; // they have heard of one and not of its end
};

class MilterDesk {
public:
    MilterDesk(const Parameters& its_parameters, Services& its_services, const Clock& its_clock)
        : parameters(its_parameters), services(its_services), clock(its_clock)
    {
    }

    Result<MilterAnswer> answer(const MilterQuestion& question, ipc::Channel& from);
    Result<ipc::Done> answer(const EndMilters& question, ipc::Channel& from);
    void forget_all_of(ipc::Channel& from);
    // Null: there is no such session.
    std::shared_ptr<MilterSession> session(ipc::Channel& from, std::uint64_t number) const;
    // For a message that no session of smtpd has brought; null where nobody is asked about it.
    std::shared_ptr<MilterSession> for_local(const mail::Envelope& envelope);

    const Parameters& parameters;
    Services& services;
    const Clock& clock;
    Breaker breaker;

private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;
    std::map<Key, std::shared_ptr<MilterSession>> sessions_;
};

}
