// Tells senders: failures at the end of an attempt, delays while it is deferred, successes they asked for.
// The bounce agent writes and commits the reports; here is decided whom to tell, and whether at all.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "qmgr/core.h"
#include "qmgr/recorder.h"
#include "qmgr/regex.h"
#include "qmgr/settle.h"

namespace gp::qmgr {

// How many delay warnings should have gone out at this age (delay_warning: "4h:8h:24h" and then every 16h).
std::uint32_t warnings_due(const std::vector<std::uint32_t>& schedule, std::int64_t age);
// The time that the warning of this number tells of: "after more than 24 hours".
std::int64_t warning_time(const std::vector<std::uint32_t>& schedule, std::uint32_t number);

class Reports {
public:
    Reports(Core& core, Recorder& recorder, Settle& settle)
        : core_(core), recorder_(recorder), settle_(settle)
    {}

    // Each failed piece is reported, ignored, or makes the message frozen. Ids of the reports are put into
    // `made`, and `precede` is told of them after each. A report that cannot be made leaves its pieces troubled. Suspends.
    using Precede = std::function<void(const std::vector<QueueId>& made)>;
    void failures(Message& message, std::vector<QueueId>& made, const Precede& precede);
    // notify=success, where no host took the notification over.
    void successes(Message& message, std::vector<QueueId>& made);
    // After an attempt that deferred something. True when one went out: the envelope's count has changed.
    bool delay(Message& message, std::vector<QueueId>& made);

    // freeze_tell: an administrator hears that this message is about to be frozen. Suspends.
    void frozen(const Message& message, std::vector<QueueId>& made);

    // The same of a message that an ACL froze, before any attempt. Suspends.
    // The report; empty: there is none.
    QueueId frozen_on_arrival(const spoold::Entry& told);

    // One report, until the bounce agent or the spool says that it is committed. Suspends.
    Result<QueueId> send(const Message& message, delivery::Report report);

private:
    enum class Verdict : std::uint8_t { report, ignore, silent, freeze };
    static std::vector<Piece*> last_first(Message& message, PieceState state);
    Verdict judge(const Message& message, const Piece& piece) const;
    void report_to(Message& message, const std::string& address, std::span<Piece* const> pieces,
                   std::vector<QueueId>& made);
    void reported(Message& message, std::span<Piece* const> pieces);
    bool is_settled(const Message& message, const delivery::Report& report);
    void leave_untold(Message& message, Piece& piece, std::string_view why);
    void expand_items(const Message& message, delivery::Report& report); // suspends
    bool delay_is_wanted(const Message& message);
    std::vector<std::string> copies_of(const Message& message, const std::string& to);

    Core& core_;
    Recorder& recorder_;
    Settle& settle_;
    RegexMatcher regex_ = pcre_matcher();
};

}
