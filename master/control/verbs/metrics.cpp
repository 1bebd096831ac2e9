// gatepost metrics: the numbers of a running suite in the text form of OpenMetrics, for the textfile collector of a
// monitoring agent or a socket unit that runs this command.

#include <sysexits.h>

#include <ctime>
#include <map>

#include "master/control/instance.h"
#include "master/control/queue/source.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

class Exposition {
public:
    void family(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = "gatepost_" + std::string(name);
        suffix_ = type == "counter" ? "_total" : "";
        text_ += "# TYPE " + name_ + " " + std::string(type) + "\n# HELP " + name_ + " " + std::string(help) + "\n";
    }
    void sample(std::uint64_t value, std::string_view label = {}, std::string_view of = {})
    {
        text_ += name_ + suffix_;
        if (!label.empty())
            text_ += "{" + std::string(label) + "=\"" + std::string(of) + "\"}"; // names of ours: nothing to escape
        text_ += " " + std::to_string(value) + "\n";
    }
    std::string text() const { return text_ + "# EOF\n"; }

private:
    std::string name_, suffix_, text_;
};

void put_queue(Exposition& out, const qmgr::StatusReply& queue)
{
    out.family("queue_messages", "gauge", "Messages in the queue, by state.");
    const auto known = queue.active + queue.deferred + queue.frozen;
    out.sample(queue.active, "state", "active");
    out.sample(queue.deferred, "state", "deferred");
    out.sample(queue.frozen, "state", "frozen");
    out.sample(queue.messages > known ? queue.messages - known : 0, "state", "waiting");
    out.family("addresses", "counter", "Addresses by what became of an attempt, since the queue manager started.");
    out.sample(queue.deliveries, "outcome", "delivered");
    out.sample(queue.deferrals, "outcome", "deferred");
    out.sample(queue.failures, "outcome", "failed");
}

void put_processes(Exposition& out, const Snapshot& snapshot)
{
    struct Service {
        std::uint64_t processes = 0, sessions = 0, restarts = 0;
    };
    std::map<std::string, Service> services;
    for (const auto& entry : snapshot.entries) {
        auto& service = services[std::string(entry.pool)];
        ++service.processes;
        service.sessions += static_cast<std::uint64_t>(entry.sessions);
        service.restarts += static_cast<std::uint64_t>(entry.restarts);
    }
    const auto all = [&](std::string_view name, std::string_view type, std::string_view help, auto member) {
        out.family(name, type, help);
        for (const auto& [service, numbers] : services)
            out.sample(numbers.*member, "service", service);
    };
    all("processes", "gauge", "Processes, by service.", &Service::processes);
    all("sessions", "gauge", "Sessions in progress, by service.", &Service::sessions);
    all("restarts", "counter", "Restarts after a process ended by itself, by service.", &Service::restarts);
    out.family("uptime_seconds", "gauge", "How long the suite has been running.");
    out.sample(static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::time(nullptr) - snapshot.head.started)));
}

int metrics(const Invocation& call)
{
    if (!call.arguments.empty())
        return fail(EX_USAGE, "metrics [-C FILE]");
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_CONFIG, instance.error().text);
    const auto snapshot = instance->status();
    if (!snapshot)
        return fail(EX_UNAVAILABLE, snapshot.error().text);
    auto source = find_queue(call);
    const auto queue = source ? (*source)->numbers() : Result<qmgr::StatusReply>(source.error());
    if (!queue)
        return fail(EX_UNAVAILABLE, queue.error().text);
    Exposition out;
    put_queue(out, *queue);
    put_processes(out, *snapshot);
    const auto text = out.text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return EX_OK;
}

const RegisterVerb self{{
    .name = "metrics",
    .usage = "metrics [-C FILE]",
    .text = "Prints the numbers of a running suite as OpenMetrics: queue by state, addresses by outcome, sessions, restarts.",
    .run = metrics,
}};

}
}
