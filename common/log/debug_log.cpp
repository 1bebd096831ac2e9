#include "common/log/debug_log.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <set>

#include "common/log/facets.h"
#include "common/log/log.h"

namespace gp::log {
namespace {

// What -d without a word leaves out (manual 5.2).
constexpr std::string_view by_default = "+all-expand-filter-load-pid-memory-resolver-timestamp";

struct Running {
    DebugLog log;
    detail::Facets facets;
};

struct State {
    std::function<const void*()> who;
    std::set<const void*> scopes;
    std::map<const void*, Running> running;
};

// Of the thread that serves: what runs on other threads is nobody's in particular.
State& state()
{
    static thread_local State the;
    return the;
}

// Whether any session of this process has ever asked for it: nearly all never do, and debugging() is asked for each
// expansion.
constinit std::atomic<bool> anyone = false;

Running* running()
{
    if (!anyone.load(std::memory_order_relaxed))
        return nullptr;
    auto& s = state();
    if (s.running.empty())
        return nullptr;
    const auto at = s.running.find(s.who());
    return at == s.running.end() ? nullptr : &at->second;
}

void send(const DebugLog& log, DebugDoes what, std::string_view text)
{
    detail::write_debug_line(std::string(1, static_cast<char>(what)) + log.tag + "\n" + log.session + "\n" + std::to_string(log.held) + "\n" +
                             std::string(text));
}

std::string_view take_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}

namespace detail {

void Facets::select(std::string_view words)
{
    while (!words.empty()) {
        const auto end = words.find_first_of("+-", 1);
        const auto word = words.substr(0, end);
        const bool off = word.starts_with('-');
        const auto name = word.substr(word.starts_with('+') || off ? 1 : 0);
        if (name == "all") {
            all_ = !off;
            muted_.clear();
            if (off)
                words_.clear();
        } else if (off) {
            words_.erase(std::string(name));
            muted_.emplace(name);
        } else {
            muted_.erase(std::string(name));
            words_.emplace(name);
        }
        words.remove_prefix(end == std::string_view::npos ? words.size() : end);
    }
}

const Facets* facets_of_running()
{
    const auto* one = running();
    return one ? &one->facets : nullptr;
}

void tell_running(std::string_view text)
{
    if (const auto* one = running())
        send(one->log, one->log.held > 0 ? DebugDoes::hold : DebugDoes::write, text);
}

}

std::string DebugLog::packed() const
{
    return "debug\n" + tag + "\n" + session + "\n" + facets + "\n" + std::to_string(held) + "\n" + (panic_triggers ? "p" : "");
}

std::optional<DebugLog> DebugLog::unpacked(std::string_view text)
{
    if (take_line(text) != "debug")
        return {};
    DebugLog log;
    log.tag = take_line(text);
    log.session = take_line(text);
    log.facets = take_line(text);
    const auto held = take_line(text);
    std::from_chars(held.data(), held.data() + held.size(), log.held);
    log.panic_triggers = text == "p";
    return log;
}

void set_debug_owner(std::function<const void*()> who)
{
    state().who = std::move(who);
}

DebugScope::DebugScope()
{
    if (auto& s = state(); s.who)
        s.scopes.insert(s.who());
}

DebugScope::~DebugScope()
{
    auto& s = state();
    if (!s.who)
        return;
    s.running.erase(s.who());
    s.scopes.erase(s.who());
}

void debug_into(DebugLog log)
{
    auto& s = state();
    const auto* who = s.who ? s.who() : nullptr;
    if (!s.scopes.contains(who))
        return;
    detail::Facets facets;
    facets.select(by_default);
    facets.select(log.facets);
    anyone.store(true, std::memory_order_relaxed);
    s.running.insert_or_assign(who, Running{std::move(log), std::move(facets)});
}

void debug_no_more()
{
    auto& s = state();
    if (!s.running.empty())
        s.running.erase(s.who());
}

void debug_trigger()
{
    auto* one = running();
    if (!one || one->log.held == 0)
        return;
    send(one->log, DebugDoes::trigger, {});
}

void debug_forget()
{
    if (const auto* one = running())
        send(one->log, DebugDoes::forget, {});
    debug_no_more();
}

void trigger_by_panic()
{
    if (const auto* one = running(); one && one->log.panic_triggers)
        debug_trigger();
}

}
