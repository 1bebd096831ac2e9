#include "qmgr/accounts.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "common/base/number.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/notes.h"

namespace gp::qmgr {
namespace {

constexpr double hour = 3600, memory = 3 * 24 * 3600; // seconds over which `hour` and `usual` fade
constexpr double held_beyond = 3;                     // times the limit at which an account is slowed
constexpr double fewest_settled = 20;                 // addresses, before a share of failures says anything
constexpr std::size_t longest_name = 512;
constexpr std::size_t most_deleted = 1000;

// A client or a domain may be many people's: they are only counted.
bool may_be_stopped(std::string_view name)
{
    return name.starts_with("login:") || name.starts_with("uid:") || name.starts_with("directory:");
}

std::string rounded(double number)
{
    return std::to_string(std::llround(number));
}

// What is usual, as the store has it: messages an hour in thousandths, and when they were that.
struct Usual {
    double rate = 0;
    std::int64_t seen = 0;

    std::string text() const { return std::to_string(std::llround(rate * 1000)) + " " + std::to_string(seen); }
    static std::optional<Usual> parse(std::string_view text)
    {
        const auto space = std::min(text.find(' '), text.size());
        const auto rate = parse_unsigned(text.substr(0, space));
        const auto seen = parse_unsigned(trim(text.substr(space)));
        if (!rate || !seen || *rate > highest_rate)
            return {};
        return Usual{static_cast<double>(*rate) / 1000, static_cast<std::int64_t>(*seen & 0x7fffffffffffffff)};
    }
    static constexpr std::uint64_t highest_rate = 1'000'000'000'000;
};

constexpr std::string_view usual_prefix = "usual:";
constexpr std::int64_t longest_silence = 30 * 24 * 3600; // seconds, until what was usual is forgotten

constexpr std::int64_t sweeps_every = 24 * 3600;         // seconds

std::string usual_key(std::string_view name)
{
    return std::string(usual_prefix) + std::string(name);
}

// Once a day, lest they become ever more. The entry of nobody tells when that was.
void sweep(hints::Store& store, std::int64_t now)
{
    const auto text = store.get(usual_key({}));
    const auto last = text ? Usual::parse(*text) : std::nullopt;
    if (last && now - last->seen < sweeps_every)
        return;
    store.for_each({}, [&](std::string_view key, std::string_view value) {
        const auto usual = Usual::parse(value);
        const bool is_old = key.starts_with(usual_prefix) && (!usual || now - usual->seen >= longest_silence);
        return is_old ? hints::Visit::erase : hints::Visit::keep;
    });
    store.put(usual_key({}), Usual{0, now}.text());
}

}

std::string_view name_of(Accounts::State state)
{
    switch (state) {
    case Accounts::State::slowed: return "slowed";
    case Accounts::State::held: return "held";
    default: return "normal";
    }
}

SentBy SentBy::of(const mail::Envelope& envelope)
{
    return {.sender = envelope.sender, .origin = envelope.origin, .variables = envelope.variables, .is_bounce = envelope.is_bounce};
}

std::vector<std::string> SentBy::accounts() const
{
    std::vector<std::string> names;
    const auto add = [&](std::string name) {
        if (name.size() <= longest_name)
            names.push_back(std::move(name));
    };
    if (is_bounce)
        return names;
    if (origin.local)
        add("uid:" + std::to_string(origin.uid));
    else if (!origin.authenticated_id.empty())
        add("login:" + origin.authenticated_id);
    if (const auto at = std::ranges::find(variables, mail::note_directory, &mail::Variable::name); at != variables.end())
        add("directory:" + at->value);
    if (!origin.host_address.empty())
        add("client:" + origin.host_address);
    if (const auto domain = mail::domain_of(sender); !domain.empty())
        add("domain:" + lower(domain));
    return names;
}

Accounts::Accounts(const Settings& settings, const Clock& clock, std::unique_ptr<hints::Store> store)
    : settings_(settings), clock_(clock), store_(std::move(store))
{
    if (!store_)
        return;
    const auto now = clock_.seconds();
    std::vector<std::pair<std::string, std::string>> stopped; // a visitor must not call the store
    store_->for_each({}, [&](std::string_view key, std::string_view value) {
        if (!key.starts_with(usual_prefix)) {
            stopped.emplace_back(key, value);
            return hints::Visit::keep;
        }
        const auto usual = Usual::parse(value);
        return usual && now - usual->seen < longest_silence ? hints::Visit::keep : hints::Visit::erase;
    });
    for (const auto& [name, value] : stopped) {
        const std::string_view text = value;
        const auto space = text.find(' ');
        auto& known = account(name);
        known.why = space == text.npos ? std::string_view{} : text.substr(space + 1);
        known.state = text.substr(0, space) == "held" ? State::held : State::slowed;
        ++stopped_;
    }
}

// One that was stopped stays.
void Accounts::forget_one(List& list)
{
    for (auto left = list.size(); left > 0; --left) {
        auto& oldest = list.front();
        if (oldest.state == State::normal) {
            keep(oldest);
            by_name_.erase(oldest.name);
            list.pop_front();
            return;
        }
        list.splice(list.end(), list, list.begin());
    }
}

Accounts::Account* Accounts::find(std::string_view name)
{
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &*found->second;
}

Accounts::Account& Accounts::account(const std::string& name)
{
    auto& list = may_be_stopped(name) ? stoppable_ : others_;
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        list.splice(list.end(), list, found->second);
        return *found->second;
    }
    if (list.size() >= std::max<std::size_t>(settings_.most, 1))
        forget_one(list);
    auto& made = list.emplace_back();
    made.name = name;
    made.seen = clock_.seconds();
    by_name_.emplace(made.name, std::prev(list.end()));
    recall(made);
    return made;
}

// What was usual before we forgot it, or were started anew; it has faded since.
void Accounts::recall(Account& account) const
{
    if (!store_ || !may_be_stopped(account.name))
        return;
    const auto text = store_->get(usual_key(account.name));
    const auto known = text ? Usual::parse(*text) : std::nullopt;
    if (!known)
        return;
    account.usual = known->rate;
    account.seen = std::min(known->seen, account.seen);
    age(account);
}

void Accounts::keep(Account& account)
{
    if (!std::exchange(account.is_kept, true) && store_)
        store_->put(usual_key(account.name), Usual{account.usual, account.seen}.text());
}

// What was lately fades; `usual` follows what was lately, slowly: d usual/dt = (hour - usual) / memory, while `hour` fades.
void Accounts::age(Account& account) const
{
    const auto now = clock_.seconds();
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, now - account.seen));
    account.seen = now;
    account.is_kept = !may_be_stopped(account.name);
    const double kept = std::exp(-passed / hour), remembered = std::exp(-passed / memory);
    account.usual = account.usual * remembered + account.hour * (hour / (memory - hour)) * (remembered - kept);
    account.hour *= kept;
    account.hour_settled *= kept;
    account.hour_failed *= kept;
}

double Accounts::limit_of(const Account& account) const
{
    return std::max({1.0, static_cast<double>(settings_.floor), settings_.jump * account.usual});
}

void Accounts::enter(Account& account, State state, std::string why)
{
    if (account.state == state)
        return;
    stopped_ += account.state == State::normal;
    stopped_ -= state == State::normal;
    account.state = state;
    account.why = std::move(why);
    account.next_turn = 0;
    if (!store_)
        return;
    if (state == State::normal)
        store_->erase(account.name);
    else
        store_->put(account.name, std::string(name_of(state)) + " " + account.why);
    store_->flush();
}

// By its numbers; held is left by an administrator's word alone.
void Accounts::judge(Account& account)
{
    if (account.state == State::held || !may_be_stopped(account.name))
        return;
    const auto limit = limit_of(account);
    const auto rate = rounded(account.hour) + " messages in an hour, usually " + rounded(account.usual) + " (account_rate_jump)";
    const bool fails = settings_.failure_share > 0 && account.hour_settled >= fewest_settled &&
                       account.hour_failed * 100 > settings_.failure_share * account.hour_settled;
    const bool is_too_fast = settings_.jump > 0 && account.hour > limit;
    const auto before = account.state;
    if (fails)
        enter(account, State::held,
              rounded(account.hour_failed) + " of " + rounded(account.hour_settled) + " addresses failed (account_failure_share)");
    else if (is_too_fast && account.hour > held_beyond * limit)
        enter(account, State::held, rate);
    else if (is_too_fast)
        enter(account, State::slowed, rate);
    else
        enter(account, State::normal, {});
    if (account.state == before)
        return;
    const auto line = "account " + escape(account.name) + " " +
                      (account.state == State::normal ? "is no longer slowed" : std::string(name_of(account.state)) + ": " + account.why);
    if (account.state == State::held) // somebody must look
        log::alarm(line);
    else
        log::main(line);
}

void Accounts::arrived(const SentBy& message)
{
    for (const auto& name : message.accounts()) {
        auto& one = account(name);
        age(one);
        ++one.messages;
        one.hour += 1;
        judge(one);
    }
}

void Accounts::settled(const SentBy& message, const Counts& counts)
{
    for (const auto& name : message.accounts()) {
        auto& one = account(name);
        age(one);
        one.delivered += counts.delivered;
        one.deferred += counts.deferred;
        one.failed += counts.failed;
        one.hour_settled += static_cast<double>(counts.delivered + counts.failed);
        one.hour_failed += static_cast<double>(counts.failed);
        judge(one);
    }
}

Accounts::Verdict Accounts::verdict(const SentBy& message, bool takes_turn)
{
    Verdict verdict;
    if (stopped_ == 0)
        return verdict;
    Account* because_of = nullptr;
    for (const auto& name : message.accounts()) {
        auto* known = find(name);
        if (!known)
            continue;
        auto& one = *known;
        age(one);
        judge(one);
        if (one.state > verdict.state) {
            verdict = {.state = one.state, .name = one.name};
            because_of = &one;
        }
    }
    if (verdict.state != State::slowed || !takes_turn)
        return verdict;
    const auto now = clock_.seconds();
    verdict.at = std::max(now, because_of->next_turn);
    because_of->next_turn = verdict.at + std::max<std::int64_t>(1, std::llround(hour / limit_of(*because_of)));
    return verdict;
}

bool Accounts::is_held(std::string_view name) const
{
    const auto found = by_name_.find(name);
    return found != by_name_.end() && found->second->state == State::held;
}

bool Accounts::set(std::string_view name, State state, std::string_view who)
{
    auto* known = find(name);
    if (!known && state == State::normal)
        return false;
    auto& one = known ? *known : account(std::string(name));
    age(one);
    enter(one, state, "by " + std::string(who));
    // What was released is usual from now on, and what failed is forgiven.
    if (state == State::normal) {
        one.usual = std::max(one.usual, one.hour);
        one.hour_settled = one.hour_failed = 0;
    }
    return true;
}

void Accounts::delete_unjudged(std::string_view name, std::string_view who)
{
    const auto* known = find(name);
    if (!known || known->state == State::normal)
        return;
    if (deleted_.size() >= most_deleted)
        deleted_.erase(std::ranges::min_element(deleted_, {}, [](const auto& one) { return one.second.until; }));
    deleted_[std::string(name)] = {.until = clock_.now().time_since_epoch().count(), .who = std::string(who)};
}

std::string Accounts::deleted_by(const SentBy& message, std::int64_t received) const
{
    if (deleted_.empty())
        return {};
    for (const auto& name : message.accounts())
        if (const auto at = deleted_.find(name); at != deleted_.end() && received <= at->second.until)
            return at->second.who;
    return {};
}

std::vector<Accounts::Account> Accounts::all() const
{
    std::vector<Account> found;
    for (const auto* list : {&stoppable_, &others_})
        found.insert(found.end(), list->begin(), list->end());
    std::ranges::sort(found, std::greater{},
                      [](const Account& one) { return std::tuple(one.state, one.hour, one.messages, std::string_view(one.name)); });
    return found;
}

void Accounts::flush()
{
    if (!store_)
        return;
    for (auto& one : stoppable_)
        keep(one);
    sweep(*store_, clock_.seconds());
    store_->flush();
}

}
