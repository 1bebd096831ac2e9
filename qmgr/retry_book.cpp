#include "qmgr/retry_book.h"

#include <algorithm>

#include "common/base/random.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_recovered = 100'000;

std::uint64_t hash_of(std::string_view key)
{
    return std::hash<std::string_view>{}(key);
}

std::int64_t random_up_to(std::int64_t most)
{
    return most <= 0 ? 0 : static_cast<std::int64_t>(random_number() % static_cast<std::uint64_t>(most + 1));
}

}

// What refuses one address of ours may take another one.
std::string host_key(std::string_view name, std::string_view address, std::uint32_t port, std::string_view interface)
{
    std::string key = "T:" + lower(name);
    if (!address.empty()) {
        key += ':';
        key += address;
    }
    key += ':';
    key += std::to_string(port);
    if (!interface.empty()) {
        key += '/';
        key += interface;
    }
    return key;
}

std::string host_message_key(std::string_view host_key, std::string_view message_id)
{
    return std::string(host_key) + ":" + std::string(message_id);
}

std::string_view domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? address : address.substr(at + 1);
}

std::string routing_key(std::string_view domain_or_address)
{
    return "R:" + lower(domain_or_address);
}

std::string address_key(std::string_view address, std::string_view sender)
{
    return routing_key(address) + ":<" + lower(sender) + ">";
}

RetryBook::RetryBook(std::unique_ptr<hints::Store> store, RetryRules rules, const Settings& settings,
                     const Clock& clock)
    : store_(std::move(store)), rules_(std::move(rules)), settings_(settings), clock_(clock)
{
    load();
}

RetryBook::~RetryBook() = default;

void RetryBook::load()
{
    if (!store_)
        return;
    store_->for_each({}, [this](std::string_view key, std::string_view value) {
        auto record = hints::decode_retry_record(value);
        if (!record || too_old(*record))
            return hints::Visit::erase;
        present_.insert(hash_of(key));
        return hints::Visit::keep;
    });
    tidier_ = std::make_unique<hints::Tidier>(*store_, [this](std::string_view key, std::string_view value) {
        auto record = hints::decode_retry_record(value);
        if (record && !too_old(*record))
            return false;
        present_.erase(hash_of(key));
        return true;
    });
}

// Old data would say that a host had been down all the time (manual 32.9).
bool RetryBook::too_old(const hints::RetryRecord& record) const
{
    return clock_.seconds() - record.last_try > settings_.data_expire;
}

std::optional<hints::RetryRecord> RetryBook::read(const std::string& key)
{
    if (!present_.contains(hash_of(key)))
        return std::nullopt;
    if (!store_) {
        const auto at = memory_.find(key);
        return at == memory_.end() ? std::nullopt : std::optional(at->second);
    }
    const auto value = store_->get(key);
    if (!value)
        return std::nullopt;
    auto record = hints::decode_retry_record(*value);
    if (!record)
        return std::nullopt;
    return std::move(record).take();
}

void RetryBook::write(const std::string& key, const hints::RetryRecord& record)
{
    keep(key, record);
    if (on_change)
        on_change(key, hints::encode(record));
}

void RetryBook::keep(const std::string& key, const hints::RetryRecord& record)
{
    if (store_) {
        store_->put(key, hints::encode(record));
    } else {
        if (memory_.size() >= settings_.without_store && !memory_.contains(key))
            return; // hints may be lost: a bound is worth more
        memory_[key] = record;
    }
    present_.insert(hash_of(key));
}

void RetryBook::erase(const std::string& key)
{
    if (drop(key) && on_change)
        on_change(key, {});
}

bool RetryBook::drop(const std::string& key)
{
    if (!present_.erase(hash_of(key)))
        return false;
    if (store_)
        store_->erase(key);
    else
        memory_.erase(key);
    return true;
}

std::vector<std::pair<std::string, std::string>> RetryBook::page(std::string_view after, std::size_t most)
{
    std::vector<std::pair<std::string, std::string>> page;
    if (store_) {
        store_->for_each(after, [&](std::string_view key, std::string_view value) {
            if (key > after)
                page.emplace_back(key, value);
            return page.size() < most ? hints::Visit::keep : hints::Visit::stop;
        });
        return page;
    }
    for (const auto& [key, record] : memory_)
        if (key > after)
            page.emplace_back(key, hints::encode(record));
    const auto wanted = std::min(most, page.size());
    std::ranges::partial_sort(page, page.begin() + static_cast<std::ptrdiff_t>(wanted));
    page.resize(wanted);
    return page;
}

void RetryBook::put(const std::string& key, std::string_view value)
{
    if (value.empty())
        drop(key);
    else if (const auto record = hints::decode_retry_record(value))
        keep(key, *record);
}

std::optional<hints::RetryRecord> RetryBook::find(const std::string& key)
{
    auto record = read(key);
    if (record && too_old(*record))
        return std::nullopt;
    // What was tried in vain during an outage of our link is due when that ends.
    if (const auto ended = record && link_ ? link_->end_of(record->last_try) : 0)
        record->next_try = std::min(record->next_try, ended);
    return record;
}

bool RetryBook::waits(const std::string& key)
{
    const auto record = find(key);
    return record && record->next_try > clock_.seconds();
}

// A time since when something lasts, later by the outages of our link: as if there had been none.
std::int64_t RetryBook::without_outages(std::int64_t since) const
{
    return since + (link_ ? link_->outage_since(since) : 0);
}

void RetryBook::watch(LinkWatch& link)
{
    link_ = &link;
    link.on_return = [this, then = std::move(link.on_return)] {
        all_recovered_ = true;
        then();
    };
}

void RetryBook::tell_link(const Failing& failing, std::int64_t first_failed)
{
    if (link_ && failing.is_unreached)
        link_->unreached(failing.alternate.empty() ? failing.subject : failing.alternate, failing.address, first_failed);
}

bool RetryBook::past_cutoff(const Failing& failing) const
{
    const auto found = rules_.seek(failing.subject, failing.alternate, failing.error_name, failing.sender, failing.answers);
    return !found.is_unknown && (!found.rule || clock_.seconds() - without_outages(failing.received) > found.rule->last_cutoff());
}

namespace {

hints::RetryRecord record_of(const Failing& failing, const std::optional<hints::RetryRecord>& before, std::int64_t now)
{
    hints::RetryRecord record;
    record.first_failed = before ? before->first_failed : now;
    record.last_try = now;
    record.error_number = failing.error_number;
    record.error_name = failing.error_name;
    record.text = failing.text;
    return record;
}

}

// A look-up of a rule could not be made: nothing is given up for that, and it is tried again soon.
RetryVerdict RetryBook::undecided(const Failing& failing)
{
    const auto now = clock_.seconds();
    auto record = record_of(failing, find(failing.key), now);
    record.next_try = now + settings_.undecided;
    write(failing.key, record);
    return {.timed_out = false, .next_try = record.next_try};
}

RetryVerdict RetryBook::failed(const Failing& failing)
{
    const auto now = clock_.seconds();
    const auto found = rules_.seek(failing.subject, failing.alternate, failing.error_name, failing.sender, failing.answers);
    if (found.is_unknown)
        return undecided(failing);
    const auto* rule = found.rule;
    // Without a rule there are no retries: a temporary error is treated as permanent (manual 32).
    if (!rule)
        return {.timed_out = true, .next_try = now};
    const auto before = find(failing.key);
    tell_link(failing, before ? before->first_failed : now);
    const auto received = without_outages(failing.received);
    const bool message_too_old = now - received > rule->last_cutoff();
    // Tried ahead of its time because the message is old: other messages keep their times (manual 32.11).
    if (message_too_old && before && before->next_try > now)
        return {.timed_out = true, .next_try = before->next_try};

    auto record = record_of(failing, before, now);
    RetryTimes times{.first_failed = without_outages(record.first_failed)};
    if (before) {
        times.last_try = before->last_try;
        times.next_try = before->next_try;
    }
    if (failing.is_message_error)
        times.first_failed = std::min(times.first_failed, received);
    const auto next = next_try(*rule, times, now, settings_.interval_max, random_up_to);
    record.next_try = link_ ? link_->sooner(next.at) : next.at;
    record.expired = next.expired;
    write(failing.key, record);
    return {.timed_out = next.expired || message_too_old, .next_try = record.next_try};
}

void RetryBook::succeeded(const std::string& key)
{
    if (!present_.contains(hash_of(key)))
        return;
    erase(key);
    if (recovered_.size() >= most_recovered)
        all_recovered_ = true;
    else
        recovered_.insert(mark(key));
}

std::uint32_t RetryBook::mark(std::string_view key)
{
    const auto hash = hash_of(key);
    const auto folded = static_cast<std::uint32_t>(hash ^ hash >> 32);
    return folded ? folded : 1; // 0 is for messages that wait for nothing in particular
}

bool RetryBook::recovered(std::uint32_t mark) const
{
    return all_recovered_ || recovered_.contains(mark);
}

void RetryBook::forget_recovered()
{
    recovered_.clear();
    all_recovered_ = false;
}

void RetryBook::flush()
{
    if (store_)
        store_->flush();
}

void RetryBook::tidy(std::size_t most)
{
    if (tidier_) {
        tidier_->step(most);
        return;
    }
    for (auto at = memory_.begin(); at != memory_.end() && most > 0; --most) {
        if (!too_old(at->second)) {
            ++at;
            continue;
        }
        present_.erase(hash_of(at->first));
        at = memory_.erase(at);
    }
}

}
