// gatepost top: a live view in the terminal: rates, the queue, the destinations that most mail waits for, the senders
// with most of it, and the services. q, or the end of input, ends it; without a terminal one view is printed.

#include <poll.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "common/base/clock.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/address.h"
#include "master/control/instance.h"
#include "master/control/queue/source.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

constexpr std::size_t rows_of_lists = 8;
constexpr std::uint64_t longest_walk = 20'000; // messages: a longer queue is told by its numbers alone

struct Tops {
    std::map<std::string, std::uint64_t> senders, destinations;
    bool is_whole = true;
};

struct View {
    qmgr::StatusReply numbers;
    std::int64_t at = 0; // milliseconds
};

// Keys come one by one and unseen while it lives.
class Terminal {
public:
    Terminal()
    {
        is_one_ = ::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO) && ::tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!is_one_)
            return;
        auto raw = before_;
        raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    ~Terminal()
    {
        if (is_one_)
            ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    bool is_one() const { return is_one_; }

    // False when q was pressed, or input ended, within the time.
    bool wait(int milliseconds) const
    {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (::poll(&input, 1, milliseconds) <= 0)
            return true;
        char key = 'q';
        return ::read(STDIN_FILENO, &key, 1) == 1 && key != 'q' && key != 'Q' && key != 3;
    }

private:
    termios before_{};
    bool is_one_ = false;
};

Result<View> look(Queue& queue)
{
    return View{.numbers = TRY(queue.numbers()),
                .at = std::chrono::duration_cast<std::chrono::milliseconds>(SystemClock{}.now().time_since_epoch()).count()};
}

Result<Tops> tops_of(Queue& queue, std::uint64_t messages)
{
    Tops tops;
    if (messages > longest_walk) {
        tops.is_whole = false;
        return tops;
    }
    TRY(queue.each([&](const qmgr::Listed& message) {
        ++tops.senders[message.sender.empty() ? "<>" : lower(message.sender)];
        for (const auto& recipient : message.recipients)
            if (!recipient.done)
                ++tops.destinations[lower(mail::domain_of(recipient.address))];
    }));
    return tops;
}

std::string rate(std::uint64_t now, std::uint64_t before, std::int64_t milliseconds)
{
    char text[32];
    const double per_second = milliseconds > 0 && now >= before ? static_cast<double>(now - before) * 1000.0 / static_cast<double>(milliseconds) : 0.0;
    std::snprintf(text, sizeof text, "%8.1f/s", per_second);
    return text;
}

std::string list_of(std::string_view title, const std::map<std::string, std::uint64_t>& all)
{
    std::vector<std::pair<std::uint64_t, std::string>> rows;
    for (const auto& [name, count] : all)
        rows.emplace_back(count, name);
    std::ranges::sort(rows, std::ranges::greater{});
    std::string out = "\n" + std::string(title) + "\n";
    for (std::size_t i = 0; i < std::min(rows.size(), rows_of_lists); ++i) {
        const auto count = std::to_string(rows[i].first);
        out += std::string(count.size() < 8 ? 8 - count.size() : 0, ' ') + count + "  " + escape(rows[i].second.substr(0, 60), true) + "\n";
    }
    return out;
}

std::string services_of(const Snapshot& snapshot)
{
    struct Service {
        std::int64_t processes = 0, sessions = 0, restarts = 0;
    };
    std::map<std::string, Service> services;
    for (const auto& entry : snapshot.entries) {
        auto& service = services[std::string(entry.pool)];
        ++service.processes;
        service.sessions += entry.sessions;
        service.restarts += entry.restarts;
    }
    std::string out = "\nservices        processes  sessions  restarts\n";
    for (const auto& [name, service] : services) {
        char line[128];
        std::snprintf(line, sizeof line, "  %-14s %8lld  %8lld  %8lld\n", name.c_str(), static_cast<long long>(service.processes),
                      static_cast<long long>(service.sessions), static_cast<long long>(service.restarts));
        out += line;
    }
    return out;
}

std::string drawn(const View& now, const View& before, const Tops& tops, const Snapshot& snapshot)
{
    const auto& n = now.numbers;
    const auto& b = before.numbers;
    const auto span = now.at - before.at;
    std::string out = "queue " + std::to_string(n.messages) + ": active " + std::to_string(n.active) + ", deferred " +
                      std::to_string(n.deferred) + ", frozen " + std::to_string(n.frozen) + "\n" +
                      "addresses: delivered " + rate(n.deliveries, b.deliveries, span) + ", deferred " +
                      rate(n.deferrals, b.deferrals, span) + ", failed " + rate(n.failures, b.failures, span) + "\n";
    if (tops.is_whole)
        out += list_of("destinations by waiting recipients", tops.destinations) + list_of("senders by messages", tops.senders);
    else
        out += "\n(the queue is long: gatepost queue shape tells its destinations)\n";
    return out + services_of(snapshot);
}

int top(const Invocation& call)
{
    if (call.json)
        return fail(EX_USAGE, "top has no --json");
    std::int64_t interval = 2;
    if (call.arguments.size() == 2 && call.arguments[0] == "--interval")
        interval = parse_integer(call.arguments[1]).value_or(0);
    else if (!call.arguments.empty())
        return fail(EX_USAGE, "top [--interval SECONDS]");
    if (interval < 1 || interval > 3600)
        return fail(EX_USAGE, "the interval is between 1 and 3600 seconds");
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_CONFIG, instance.error().text);
    auto queue = find_queue(call);
    if (!queue)
        return fail(EX_UNAVAILABLE, queue.error().text);
    const Terminal terminal;
    std::optional<View> before;
    do {
        auto now = look(**queue);
        const auto snapshot = instance->status();
        if (!now || !snapshot)
            return fail(EX_UNAVAILABLE, now ? snapshot.error().text : now.error().text);
        const auto tops = tops_of(**queue, now->numbers.messages);
        if (!tops)
            return fail(EX_UNAVAILABLE, tops.error().text);
        const auto text = drawn(*now, before.value_or(*now), *tops, *snapshot);
        if (!print((terminal.is_one() ? "\x1b[H\x1b[2J" : "") + text))
            return EX_IOERR;
        before = *now;
    } while (terminal.is_one() && terminal.wait(static_cast<int>(interval * 1000)));
    return EX_OK;
}

const RegisterVerb self{{
    .name = "top",
    .usage = "top [--interval SECONDS]",
    .text = "A live view: rates, the queue, its busiest destinations and senders, the services.",
    .run = top,
}};

}
}
