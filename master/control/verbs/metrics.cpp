// gatepost metrics: the numbers of a running suite in the text form of OpenMetrics, for the textfile collector of a
// monitoring agent; with --listen for an agent that asks by HTTP.

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <limits>
#include <map>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mainlog/totals_file.h"
#include "master/control/instance.h"
#include "master/control/log_files.h"
#include "master/control/metrics_server.h"
#include "master/control/queue/source.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

std::string seconds_text(std::uint64_t milliseconds)
{
    char text[32];
    std::snprintf(text, sizeof text, "%llu.%03u", static_cast<unsigned long long>(milliseconds / 1000),
                  static_cast<unsigned>(milliseconds % 1000));
    return text;
}

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
    void raw(std::string_view samples) { text_ += samples; }
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
    out.family("queue_age_messages", "gauge", "Messages in the queue, by the seconds since they came: up to le, and more than the one before.");
    for (std::size_t i = 0; i < queue.by_age.size(); ++i)
        out.sample(queue.by_age[i], "le", i < std::size(qmgr::StatusReply::ages) ? std::to_string(qmgr::StatusReply::ages[i]) : "+Inf");
}

void put_link(Exposition& out, const qmgr::StatusReply& queue)
{
    out.family("link_outage_seconds", "gauge", "How long nobody outside has answered (link_outage_hosts); 0: there is no outage of our own link.");
    out.sample(queue.link_outage);
}

void put_spool(Exposition& out, const qmgr::StatusReply& queue)
{
    out.family("spool_segments", "gauge", "Segments of the spool's log, by use.");
    out.sample(queue.segments, "state", "used");
    out.sample(queue.spare_segments, "state", "spare");
    out.family("spool_bytes", "gauge", "Octets of the segments in use, and of the messages in them that are alive.");
    out.sample(queue.spool_octets, "kind", "used");
    out.sample(queue.live_octets, "kind", "alive");
    out.family("spool_barriers", "counter", "Waits for the disk since the spool service started.");
    out.sample(queue.barriers);
    out.family("spool_messages", "counter", "Messages committed since the spool service started; barriers by these are barriers per message.");
    out.sample(queue.taken);
}

// Of the main log, from its beginning: mainlog/totals.h. Samples of a family stand together there.
struct Family {
    std::string_view name, type, help;
};
constexpr Family families[] = {
    {"messages_received", "counter", "Messages that the main log says have come."},
    {"messages_completed", "counter", "Messages that the main log says are completed."},
    {"addresses", "counter", "Addresses in the main log by what became of an attempt."},
    {"transport_delivered", "counter", "Addresses delivered, by transport."},
    {"transport_discarded", "counter", "Addresses discarded, by transport."},
    {"transport_cut_through", "counter", "Addresses delivered while they were received, by transport."},
    {"transport_pretended", "counter", "Addresses that -N kept back, by transport."},
    {"transport_deferred", "counter", "Addresses deferred, by transport."},
    {"transport_failed", "counter", "Addresses failed, by transport."},
    {"replies", "counter", "Outcomes at other hosts, by the first digit of their reply."},
    {"tls_messages", "counter", "Messages received, and addresses delivered, over TLS."},
    {"rejections", "counter", "Lines of the main log about something rejected."},
    {"delivery_seconds", "histogram", "From a message's reception to the delivery of an address."},
    {"message_seconds", "histogram", "From a message's reception to its completion."},
};

// "addresses_total{outcome=\"failed\"}" is of the family "addresses".
bool is_of(std::string_view sample, std::string_view family)
{
    if (!sample.starts_with(family))
        return false;
    const auto rest = sample.substr(family.size());
    return rest.starts_with("_total") || rest.starts_with("_bucket{") || rest == "_sum" || rest == "_count";
}

// The bound of a bucket; 0 of another sample.
double bound_of(std::string_view line)
{
    constexpr std::string_view word = "{le=\"";
    const auto at = line.find(word);
    if (at == line.npos)
        return 0;
    const auto text = line.substr(at + word.size(), line.find('"', at + word.size()) - at - word.size());
    return text == "+Inf" ? std::numeric_limits<double>::infinity() : static_cast<double>(parse_unsigned(text).value_or(0));
}

void put_log(Exposition& out, std::string_view totals)
{
    auto lines = split(totals, '\n');
    std::ranges::stable_sort(lines, {}, bound_of); // OpenMetrics 1.0: buckets in the order of their bounds
    for (const auto& family : families) {
        std::string samples;
        for (const auto line : lines) {
            const auto blank = line.rfind(' ');
            if (blank == std::string_view::npos || !is_of(line.substr(0, blank), family.name))
                continue;
            const auto value = line.substr(blank + 1);
            const bool is_time = line.substr(0, blank).ends_with("_sum"); // in milliseconds
            const auto shown = is_time ? seconds_text(parse_unsigned(value).value_or(0)) : std::string(value);
            samples += "gatepost_" + std::string(line.substr(0, blank)) + " " + shown + "\n";
        }
        if (samples.empty())
            continue;
        out.family(family.name, family.type, family.help);
        out.raw(samples);
    }
}

// What processes count: common/base/counters.h.
struct Counted {
    std::string_view word, name;
    std::vector<std::string_view> labels;
    std::string_view help;
};
const Counted counted[] = {
    {"smtp_sessions", "smtp_sessions", {}, "Sessions that clients began."},
    {"smtp_refused", "smtp_refused_connections", {}, "Connections that were too many, or came from whom none is wanted."},
    {"tls_handshakes", "tls_handshakes", {"direction", "outcome"}, "TLS handshakes with clients (in) and servers (out)."},
    {"scans", "scans", {"scanner", "outcome"}, "Messages that were shown to scanners: clean, found, or failed when a scanner did not answer."},
    {"scan_us", "scan_seconds", {"scanner"}, "Time that scanners took."},
    {"milters", "milter_sessions", {"outcome"}, "Conversations with milters, by how they ended."},
};

void put_counted(Exposition& out, const Snapshot& snapshot)
{
    for (const auto& one : counted) {
        std::string samples;
        for (const auto& [text, value] : snapshot.counters) {
            const auto words = split(text, ' ');
            if (words[0] != one.word || words.size() != one.labels.size() + 1)
                continue;
            samples += "gatepost_" + std::string(one.name) + "_total";
            for (std::size_t i = 0; i < one.labels.size(); ++i)
                samples += std::string(i == 0 ? "{" : ",") + std::string(one.labels[i]) + "=\"" + std::string(words[i + 1]) + "\"";
            samples += one.labels.empty() ? " " : "} ";
            samples += (one.word.ends_with("_us") ? seconds_text((value + 999) / 1000) : std::to_string(value)) + "\n";
        }
        if (samples.empty())
            continue;
        out.family(one.name, "counter", one.help);
        out.raw(samples);
    }
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

Result<std::string> text_of(const Invocation& call)
{
    const auto instance = TRY(Instance::find(call));
    const auto snapshot = TRY(instance.status());
    const auto source = TRY(find_queue(call));
    const auto queue = TRY(source->numbers());
    Exposition out;
    put_queue(out, queue);
    put_link(out, queue);
    put_spool(out, queue);
    if (const auto form = log_form(call); form && !form->empty())
        if (const auto kept = mainlog::TotalsFile::read(mainlog::TotalsFile::directory_of(*form)))
            put_log(out, kept->totals);
    put_counted(out, snapshot);
    put_processes(out, snapshot);
    return out.text();
}

int metrics(const Invocation& call)
{
    const auto& words = call.arguments;
    const bool listens = words.size() == 2 && words[0] == "--listen";
    if (call.json || (!words.empty() && !listens))
        return fail(EX_USAGE, "metrics [--listen /PATH|127.0.0.1:PORT] [-C FILE]");
    if (listens) {
        const auto ended = serve_text(words[1], [&] { return text_of(call); });
        return fail(EX_UNAVAILABLE, ended.error().text);
    }
    const auto text = text_of(call);
    if (!text)
        return fail(EX_UNAVAILABLE, text.error().text);
    std::fwrite(text->data(), 1, text->size(), stdout);
    return EX_OK;
}

const RegisterVerb self{{
    .name = "metrics",
    .usage = "metrics [--listen /PATH|127.0.0.1:PORT] [-C FILE]",
    .text = "Prints the numbers of a running suite as OpenMetrics: queue by state and age, messages and addresses by outcome, transport and reply as the main log has them, times, TLS, spool, sessions, restarts. With --listen over HTTP, on a Unix socket or a loopback address, until it is ended.",
    .run = metrics,
}};

}
}
