// Who sends how much: counters for each login, uid, directory of scripts, client and sender domain, and a hand on
// accounts whose rate or share of failures jumps. Owned by Core; pure but for its store, and bounded in number.
//
// A login, a uid or a directory that hands in account_rate_jump times what it usually does in an hour, and more than
// account_rate_floor, is slowed: its messages go out at the pace of that limit. At three times the limit, or when more
// than account_failure_share percent of its addresses fail, it is held: its messages are frozen until an administrator
// releases it or deletes them (gatepost accounts). Without those settings it is only counted. What was done to an
// account, and what is usual for it, outlive us; counters begin anew.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/hints/store.h"
#include "common/mail/envelope.h"

namespace gp::qmgr {

// Of an envelope, what accounts look at; read without the rest of it.
struct SentBy {
    std::string sender;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    bool is_bounce = false;
    static void fields(auto& self, auto&& field)
    {
        field("sender", self.sender);
        field("origin", self.origin);
        field("variables", self.variables);
        field("is_bounce", self.is_bounce);
    }
    static SentBy of(const mail::Envelope& envelope);
    // "login:ann", "uid:1000", "directory:/var/www", "client:192.0.2.1", "domain:a.example"
    std::vector<std::string> accounts() const;
};

class Accounts {
public:
    struct Settings {
        bool counting = true;
        std::uint32_t jump = 0;          // 0: no rate is too high
        std::uint32_t floor = 100;       // messages an hour that are never too many
        std::uint32_t failure_share = 0; // percent; 0: not looked at
        std::size_t most = 10'000;       // accounts of either kind, those that may be stopped and the others; who has been
                                         // silent for longest is forgotten
    };
    enum class State : std::uint8_t { normal, slowed, held };
    struct Account {
        std::string name;
        std::uint64_t messages = 0, delivered = 0, deferred = 0, failed = 0; // messages, and addresses
        double hour = 0, usual = 0;               // messages an hour: lately, and over days
        double hour_settled = 0, hour_failed = 0; // addresses, lately
        std::int64_t seen = 0;                    // seconds: when the rates were made older last
        std::int64_t next_turn = 0;               // seconds: of a slowed one
        State state = State::normal;
        std::string why; // for the log and the list
        bool is_kept = true; // `usual` stands in the store
    };

    // Without a store the states live as long as we do.
    Accounts(const Settings& settings, const Clock& clock, std::unique_ptr<hints::Store> store);

    bool counts() const { return settings_.counting; }
    void change(const Settings& settings) { settings_ = settings; }
    void arrived(const SentBy& message);
    struct Counts {
        std::uint64_t delivered = 0, deferred = 0, failed = 0;
    };
    void settled(const SentBy& message, const Counts& counts); // an attempt is over

    bool any_stopped() const { return stopped_ > 0; }
    // What is to be done with a message now, because of whom; a slowed one may go at `at`, and the next one later:
    // asked once for each message, with `takes_turn`.
    struct Verdict {
        State state = State::normal;
        std::string name;
        std::int64_t at = 0;
    };
    Verdict verdict(const SentBy& message, bool takes_turn = true);
    bool is_held(std::string_view name) const;

    // By an administrator. False when nobody of that name is known; `held` makes the account.
    bool set(std::string_view name, State state, std::string_view who);
    // The mail of a stopped account that came up to now and waits to be judged is deleted too, when its turn comes; nothing
    // happens for one that is not stopped. Forgotten with the process.
    void delete_unjudged(std::string_view name, std::string_view who);
    // Who deleted that; empty: nobody did. `received` in microseconds.
    std::string deleted_by(const SentBy& message, std::int64_t received) const;
    std::vector<Account> all() const; // those who were stopped first, then the busiest
    void flush(); // what is usual, to the store

private:
    using List = std::list<Account>; // who was seen last is last
    Account& account(const std::string& name);
    Account* find(std::string_view name);
    void recall(Account& account) const;
    void keep(Account& account);
    void age(Account& account) const;
    void judge(Account& account);
    void enter(Account& account, State state, std::string why);
    void forget_one(List& list);
    double limit_of(const Account& account) const;

    Settings settings_;
    const Clock& clock_;
    std::unique_ptr<hints::Store> store_;
    struct Deleted {
        std::int64_t until = 0; // microseconds
        std::string who;
    };
    std::map<std::string, Deleted, std::less<>> deleted_; // by name; the newest thousand
    List stoppable_, others_;
    std::unordered_map<std::string_view, List::iterator> by_name_; // of the lists' own names
    std::size_t stopped_ = 0; // accounts that are not normal
};

std::string_view name_of(Accounts::State state);

}
