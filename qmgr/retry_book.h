// Retry times of hosts and addresses, over a file of hints: what failed, since when, and when to try again
// (manual chapter 32). Owned by the manager; pure but for the store, which may be absent.
//
// Keys are Exim's: "T:host:address:port" a host, "T:host:address:port:message-id" a message at a host,
// ("T:host:port" where retry_include_ip_address is false), "T:local@domain" a local delivery, "R:domain" and "R:local@domain" routing, "R:local@domain:<sender>" an
// address that a host deferred.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/hints/retry_record.h"
#include "common/hints/store.h"
#include "common/hints/tidy.h"
#include "qmgr/link_watch.h"
#include "qmgr/retry_rules.h"

namespace gp::qmgr {

std::string host_key(std::string_view name, std::string_view address, std::uint32_t port, std::string_view interface = {});
std::string host_message_key(std::string_view host_key, std::string_view message_id);
std::string routing_key(std::string_view domain_or_address);
std::string address_key(std::string_view address, std::string_view sender); // sender without brackets
std::string_view domain_of(std::string_view address);

// Something failed for a while; what the rules need to know of it.
struct Failing {
    std::string key;
    std::string_view subject;   // host name, domain or address: looked for in the rules first
    std::string_view alternate; // domain of the address, when the subject is a host; else empty
    std::string_view error_name;
    std::int32_t error_number = 0;
    std::string_view text;
    std::string_view sender;       // of the message
    std::int64_t received = 0;     // of the message, seconds
    bool is_message_error = false; // the message's own age counts when it is older than the failure
    bool is_unreached = false;     // there was no connection, or no answer in the DNS: evidence about our link (link_watch.h)
    std::string_view address;      // of the host then; empty: none is known
    const ListAnswers* answers = nullptr; // what router said of the rules' lists (retry_questions.h)
};

struct RetryVerdict {
    bool timed_out = false; // no more retries: the address fails
    std::int64_t next_try = 0;
};

class RetryBook {
public:
    struct Settings {
        std::int64_t data_expire = 7 * 86400;
        std::int64_t interval_max = 86400;
        std::int64_t undecided = 300; // until the next try where router could not tell which rule it is
        std::size_t without_store = 100'000; // records kept in memory when there is no file
    };
    // Without a store the book is kept in memory, and lost with us.
    RetryBook(std::unique_ptr<hints::Store> store, RetryRules rules, const Settings& settings,
              const Clock& clock);
    ~RetryBook();

    // What the hints say, unless they are too old to be believed.
    std::optional<hints::RetryRecord> find(const std::string& key);
    // The next try of `key` lies in the future.
    bool waits(const std::string& key);

    // May it be tried although its time has not come: the message is older than the last cutoff of its rule. Not while
    // it is not known which rule that is.
    bool past_cutoff(const Failing& failing) const;
    // Records a failure and says what the rules make of it.
    RetryVerdict failed(const Failing& failing);
    void succeeded(const std::string& key);

    // Whose outages no age has in it. It must live as long as we do.
    void watch(LinkWatch& link);

    void replace_rules(RetryRules rules) { rules_ = std::move(rules); }
    const RetryRules& rules() const { return rules_; }
    std::size_t size() const { return present_.size(); }
    // A hash of a key, as messages remember what they wait for; and whether a success has cleared it since
    // the last forget_recovered(). Says yes to all when too many have been.
    static std::uint32_t mark(std::string_view key);
    bool recovered(std::uint32_t mark) const;
    void forget_recovered();

    // Records as the file has them, in order of key, behind `after`; and one that another book has written (an empty
    // value: has erased). What is no record is not taken.
    std::vector<std::pair<std::string, std::string>> page(std::string_view after, std::size_t most);
    void put(const std::string& key, std::string_view value);
    // Called with each record that is written, or (an empty value) erased, but not by put().
    std::function<void(const std::string& key, const std::string& value)> on_change;

    void flush();                // hints to their file
    void tidy(std::size_t most); // forgets a few old ones

private:
    RetryVerdict undecided(const Failing& failing);
    std::int64_t without_outages(std::int64_t since) const;
    void tell_link(const Failing& failing, std::int64_t first_failed);
    std::optional<hints::RetryRecord> read(const std::string& key);
    void write(const std::string& key, const hints::RetryRecord& record);
    void keep(const std::string& key, const hints::RetryRecord& record);
    bool drop(const std::string& key);
    void erase(const std::string& key);
    bool too_old(const hints::RetryRecord& record) const;
    void load();

    std::unique_ptr<hints::Store> store_;
    std::unique_ptr<hints::Tidier> tidier_;
    RetryRules rules_;
    Settings settings_;
    const Clock& clock_;
    LinkWatch* link_ = nullptr;
    std::unordered_set<std::uint64_t> present_; // hashes of all keys: most questions end here
    std::unordered_map<std::string, hints::RetryRecord, TextHash, std::equal_to<>> memory_; // without a store
    std::unordered_set<std::uint32_t> recovered_;
    bool all_recovered_ = false;
};

}
