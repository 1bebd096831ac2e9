// What each outcome does: its log line, the retry hints it leaves or clears, and what becomes of the piece.
// Never suspends.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "qmgr/core.h"
#include "qmgr/log_lines.h"

namespace gp::qmgr {

// A host that was left out of a delivery because its retry time has not come.
struct SkippedHost {
    std::string key;
    std::int64_t next_try = 0;
    bool expired = false;
};

// One delivery as it was handed out.
struct Handed {
    std::uint32_t group = 0;
    std::vector<std::uint32_t> pieces; // in the order of the request's targets
    std::vector<bool> completes;       // Target::completes of each
    std::vector<SkippedHost> skipped;
    bool spared = false; // hosts with a bound were left out: the delivery has no place there
    std::vector<std::string> serial; // addresses of serialize_hosts that nobody else may connect to meanwhile
};

class Settle {
public:
    explicit Settle(Core& core) : core_(core) {}

    // An agent's answer. Says what it means for the destination.
    Feedback answer(Message& message, const Handed& handed, const delivery::DeliverReply& reply);
    // It has a way, and does not go now; `quietly`: the log has no line.
    void put_off(Message& message, std::uint32_t recipient, const router::Delivery& delivery, std::int32_t number, std::string_view why, bool quietly);
    // Router found no way, for now or for good, or threw the address away on purpose.
    void unrouted(Message& message, std::uint32_t recipient, const router::Unrouted& what, bool of_filter = false);
    // Its time has not come: nothing was tried.
    void waits(Message& message, Piece& piece, std::int32_t error_number, std::string_view text,
               std::int64_t next_try, std::string_view key);
    // All its hosts have been failing for longer than their rules allow: not even tried (manual 32.10).
    void given_up(Message& message, Piece& piece, std::string_view text);
    // An operator or an option gave it up: fails without a line of its own, or vanishes when nobody sent it.
    void cancelled(Message& message, Piece& piece, std::string_view why = "delivery cancelled by administrator");
    // Waits for the next queue run; who decided so has logged it.
    void put_off(Message& message, Piece& piece, std::string_view why) { defer(message, piece, why, 0, {}); }
    // Our own failure: tried again soon. Who knows why logs it, once for all pieces.
    void troubled(Message& message, Piece& piece, std::string_view why);
    // spoold knows that this one is done, although nobody could tell us how; and the whole recipient,
    // perhaps.
    void found_done(Message& message, Piece& piece, bool recipient_too);

    // "retry timeout exceeded" of all whose time ran out, the last one first: behind the lines of the attempt.
    void tell_timed_out(Message& message);

    LineAddress line_address(const Message& message, const Piece& piece) const;

private:
    struct HostVerdicts {
        bool any = false;
        bool all_timed_out = true;
        std::int64_t next_try = 0;
        std::string key; // of the one that is tried next
        void add(const RetryVerdict& verdict, const std::string& host);
    };
    // What a reply says beside its outcomes.
    struct Context {
        const Handed& handed;
        const Group& group;
        const delivery::DeliverReply& reply;
        HostVerdicts hosts, with_message;
        bool too_much = false; // a host took it for too much: paces.h
        std::set<std::uint32_t> copies; // that have their "=>"; others that went with one have "->"
    };

    bool waits_elsewhere(const Message& message, const Context& context) const;
    bool is_for_its_turn(const Message& message, const delivery::Outcome& what, const Context& context) const;
    bool may_wait_for_turn(const Message& message) const;
    void host_failures(Message& message, Context& context);
    void raise_host_defer(Message& message, const Piece& first, const delivery::HostFailure& failure);
    void raise_failure(Message& message, const Piece& piece, const delivery::Outcome& what);
    void say_failed(Message& message, const Piece& piece, const delivery::Outcome& what, std::string_view line);
    void outcome(Message& message, Piece& piece, const delivery::Outcome& what, Context& context);
    void delivered(Message& message, Piece& piece, const delivery::Outcome& what, Context& context);
    void failed(Message& message, Piece& piece, const delivery::Outcome& what, Context& context);
    void deferred(Message& message, Piece& piece, const delivery::Outcome& what, Context& context);
    RetryVerdict judge(Message& message, const Piece& piece, const delivery::Outcome& what, Context& context,
                       std::string& key);
    void clear_hints(const Message& message, const Piece& piece, const delivery::Outcome& what,
                     const Context& context);
    void fail(Message& message, Piece& piece, const delivery::Outcome& what);
    void time_out(Message& message, Piece& piece, const delivery::Outcome& what);
    void discarded(Message& message, Piece& piece, const delivery::Outcome& said);
    void defer(Message& message, Piece& piece, std::string_view text, std::int64_t next_try,
               std::string_view key);
    void settled(Message& message, Piece& piece, PieceState state);
    LineHost line_host(const delivery::Outcome& what, const Group& group) const;
    LineTimes line_times(const Message& message, const delivery::DeliverReply& reply) const;

    Core& core_;
};

// What a retry key is about: "there.example" of "R:there.example".
std::string_view subject_of_key(std::string_view key);

// "T:local@domain" or "T:domain", by the transport's retry_use_local_part.
std::string local_retry_key(const Piece& piece);

}
