#include "qmgr/accounts.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/notes.h"

namespace gp::qmgr {
namespace {

constexpr double hour = 3600, memory = 3 * 24 * 3600; // seconds over which `hour` and `usual` fade
constexpr double held_beyond = 3;                     // times the limit at which an account is slowed
constexpr double fewest_settled = 20;                 // addresses, before a share of failures says anything
constexpr std::size_t longest_name = 512;

// A client or a domain may be many people's: they are only counted.
bool may_be_stopped(std::string_view name)
{
    return name.starts_with("login:") || name.starts_with("uid:") || name.starts_with("directory:");
}

std::string rounded(double number)
{
    return std::to_string(std::llround(number));
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
    store_->for_each({}, [&](std::string_view key, std::string_view value) {
        const auto space = value.find(' ');
        const auto state = value.substr(0, space) == "held" ? State::held : State::slowed;
        auto& known = account(std::string(key));
        known.why = space == value.npos ? std::string_view{} : value.substr(space + 1);
        known.state = state;
        ++stopped_;
        return hints::Visit::keep;
    });
}

// One that was stopped stays as long as there is another.
void Accounts::forget_one()
{
    const auto silence = [](const auto& one) { return std::pair(one.second.state != State::normal, one.second.seen); };
    const auto oldest = std::ranges::min_element(accounts_, {}, silence);
    if (oldest == accounts_.end())
        return;
    stopped_ -= oldest->second.state != State::normal;
    accounts_.erase(oldest);
}

Accounts::Account& Accounts::account(const std::string& name)
{
    const auto found = accounts_.find(name);
    if (found != accounts_.end())
        return found->second;
    if (accounts_.size() >= std::max<std::size_t>(settings_.most, 1))
        forget_one();
    auto& made = accounts_[name];
    made.name = name;
    made.seen = clock_.seconds();
    return made;
}

// What was lately fades; `usual` follows what was lately, slowly.
void Accounts::age(Account& account) const
{
    const auto now = clock_.seconds();
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, now - account.seen));
    account.seen = now;
    account.usual += (account.hour - account.usual) * -std::expm1(-passed / memory);
    const double kept = std::exp(-passed / hour);
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

Accounts::Verdict Accounts::verdict(const SentBy& message)
{
    Verdict verdict;
    if (stopped_ == 0)
        return verdict;
    Account* because_of = nullptr;
    for (const auto& name : message.accounts()) {
        const auto found = accounts_.find(name);
        if (found == accounts_.end())
            continue;
        auto& one = found->second;
        age(one);
        judge(one);
        if (one.state > verdict.state) {
            verdict = {.state = one.state, .name = one.name};
            because_of = &one;
        }
    }
    if (verdict.state != State::slowed)
        return verdict;
    const auto now = clock_.seconds();
    verdict.at = std::max(now, because_of->next_turn);
    because_of->next_turn = verdict.at + std::max<std::int64_t>(1, std::llround(hour / limit_of(*because_of)));
    return verdict;
}

bool Accounts::is_held(std::string_view name) const
{
    const auto found = accounts_.find(name);
    return found != accounts_.end() && found->second.state == State::held;
}

bool Accounts::set(std::string_view name, State state, std::string_view who)
{
    const auto found = accounts_.find(name);
    if (found == accounts_.end() && state == State::normal)
        return false;
    auto& one = found == accounts_.end() ? account(std::string(name)) : found->second;
    age(one);
    enter(one, state, "by " + std::string(who));
    // What was released is usual from now on, and what failed is forgiven.
    if (state == State::normal) {
        one.usual = std::max(one.usual, one.hour);
        one.hour_settled = one.hour_failed = 0;
    }
    return true;
}

std::vector<Accounts::Account> Accounts::all() const
{
    std::vector<Account> found;
    for (const auto& [name, one] : accounts_)
        found.push_back(one);
    std::ranges::sort(found, std::greater{},
                      [](const Account& one) { return std::tuple(one.state, one.hour, one.messages, std::string_view(one.name)); });
    return found;
}

void Accounts::flush()
{
    if (store_)
        store_->flush();
}

}
