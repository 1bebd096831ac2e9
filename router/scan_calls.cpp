#include "router/scan_calls.h"

#include "cleanup/protocol.h"
#include "common/base/counters.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/log/log.h"
#include "common/mail/date.h"
#include "router/scan_command.h"

namespace gp::router {
namespace {

using Purpose = acl::ScanRequest::For;

constexpr std::chrono::seconds beyond_the_scan{10}; // for cleanup and scan to say that the time is over

double chance()
{
    return static_cast<double>(random_number() >> 11) / static_cast<double>(1ull << 53);
}

int second_of_day(std::int64_t now)
{
    constexpr std::int64_t day = 24 * 3600;
    return static_cast<int>(((now + mail::zone_offset(now) * 60) % day + day) % day);
}

std::string name_of(const scan::Server& server)
{
    return server.is_unix() ? server.host : "[" + server.host + "]:" + std::to_string(server.first_port);
}

}

namespace {

// clamd's words for a file that it cannot open.
bool may_not_read(std::string_view answer)
{
    return answer.find("denied") != std::string_view::npos || answer.find("lstat() failed") != std::string_view::npos ||
           answer.find("File path check failure") != std::string_view::npos;
}

}

Result<acl::ScanAnswer> ScanCalls::scan(const acl::ScanRequest& request)
{
    const bool is_spam = request.purpose == Purpose::spam;
    const auto key = (is_spam ? "spam\n" : "malware\n") + request.servers + "\n" + request.user;
    if (const auto known = known_.find(key); known != known_.end() && request.lasting)
        return known->second;
    scan::VirusScanner virus;
    if (!is_spam)
        virus = TRY(scan::virus_scanner(request.servers));
    if (virus.type == "cmdline")
        return scan_by_command(request, virus, key);
    auto servers = is_spam ? TRY(scan::spam_servers(request.servers)) : virus.servers;
    const bool is_alone = servers.size() == 1 && servers.front().is_unix() && !is_spam;
    for (const auto& server : scan::in_order(std::move(servers), second_of_day(ground_.clock.seconds()), chance)) {
        const auto until = event::Deadline::in(request.timeout.value_or(server.timeout));
        const bool rests = resting_.rests(name_of(server), ground_.clock.seconds());
        auto connected = rests ? Result<ScanServer>(temporary("it has failed too often and is left alone (scanner_retry)")) : connect(server, until);
        if (!connected && !rests)
            note_failure(server);
        if (!connected)
            count("scans " + (!is_spam ? virus.type : std::string(server.is_rspamd ? "rspamd" : "spamd")) + " failed");
        if (!connected && is_alone)
            return temporary(virus.type + " " + server.host + " : " + connected.error().text);
        if (!connected) {
            if (!rests)
                tell_of(request, virus.type, server, connected.error().text);
            continue;
        }
        auto answer = scan_at(request, virus, server, std::move(connected).take(), until);
        if (!answer && virus.type == "clamd" && virus.wants_file && may_not_read(answer.error().text)) {
            virus.wants_file = false; // it is no member of our group: it gets the octets
            answer = scan_at(request, virus, server, TRY(connect(server, until)), until);
        }
        if (answer)
            resting_.succeeded(name_of(server));
        else
            note_failure(server);
        auto found = TRY(std::move(answer));
        known_.insert_or_assign(key, found);
        return found;
    }
    return temporary(is_spam ? "all spamd servers failed" : virus.type + "  : all servers failed");
}

// There is no server; an answer has none either.
Result<acl::ScanAnswer> ScanCalls::scan_by_command(const acl::ScanRequest& request, const scan::VirusScanner& virus, const std::string& key)
{
    const auto until = event::Deadline::in(request.timeout.value_or(scan::Server{}.timeout));
    const auto directory = ground_.configuration.main.process.spool_directory + "/scan/" + id_;
    auto program = open_scan_command(virus.options.front(), directory, ground_, until);
    if (!program)
        return temporary("cmdline  : " + program.error().text);
    auto found = TRY(scan_at(request, virus, {}, {std::move(*program), {}}, until));
    known_.insert_or_assign(key, found);
    return found;
}

void ScanCalls::note_failure(const scan::Server& server)
{
    const auto& main = ground_.configuration.main.all;
    const auto pause = std::chrono::ceil<std::chrono::seconds>(main.time("scanner_retry"));
    if (resting_.failed(name_of(server), ground_.clock.seconds(), static_cast<std::uint32_t>(main.number("scanner_failures_max")),
                        static_cast<std::uint32_t>(pause.count())))
        log::warning("the scanner at " + escape(name_of(server)) + " has failed too often and is left alone for " + std::to_string(pause.count()) +
                     "s (scanner_failures_max, scanner_retry)");
}

// In Exim's words; a virus scanner that is down is the administrator's business.
void ScanCalls::tell_of(const acl::ScanRequest& request, const std::string& type, const scan::Server& server, std::string_view why)
{
    if (request.purpose == Purpose::spam)
        log::main(id_ + " spam acl condition: spamd: " + escape(why));
    else
        log::panic(id_ + " malware acl condition: " + type + " " + escape(name_of(server)) + " : " + escape(why));
}

namespace {

// What the scanner's conversation is told besides the message.
std::vector<std::string> arguments_for(const scan::VirusScanner& virus, const std::string& place)
{
    if (virus.type == "clamd" || virus.type == "drweb")
        return virus.wants_file ? std::vector<std::string>{"file"} : std::vector<std::string>{};
    return virus.type == "sophie" ? std::vector{place} : virus.options;
}

bool found_something(const cleanup::Inspect::Reply& reply)
{
    return std::ranges::any_of(reply.findings, [](const auto& finding) {
        return finding.name == "malware_name" || (finding.name == "spam_is" && finding.value == "1");
    });
}

}

Result<acl::ScanAnswer> ScanCalls::scan_at(const acl::ScanRequest& request, const scan::VirusScanner& virus,
                                           const scan::Server& server, ScanServer connected, event::Deadline until)
{
    const bool is_spam = request.purpose == Purpose::spam;
    cleanup::Inspect question;
    question.server = ipc::Fd{std::move(connected.socket)};
    question.id = id_;
    question.scanner = !is_spam ? virus.type : server.is_rspamd ? "rspamd" : "spamd";
    if (is_spam)
        question.arguments = server.is_rspamd ? request.about : std::vector{request.user};
    else
        question.arguments = arguments_for(virus, connected.name);
    question.timeout_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(until.left().count(), 1));
    question.answer_limit = static_cast<std::uint64_t>(ground_.configuration.main.own.scanner_answer_limit);
    const auto begun = std::chrono::steady_clock::now();
    auto reply = asker_.call(question, event::Deadline::in(until.left() + beyond_the_scan));
    const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    count("scan_us " + question.scanner, static_cast<std::uint64_t>(taken.count()));
    count("scans " + question.scanner + (!reply ? " failed" : found_something(*reply) ? " found" : " clean"));
    if (!reply)
        return temporary((is_spam ? "" : virus.type + " ") + connected.name + (is_spam ? ": " : " : ") + reply.error().text);
    acl::ScanAnswer out{.findings = {}, .server = connected.name};
    for (auto& finding : reply->findings)
        out.findings.push_back({std::move(finding.name), std::move(finding.value)});
    return out;
}

// A failed connect is tried once more where retry= says when.
Result<ScanServer> ScanCalls::connect(const scan::Server& server, event::Deadline until)
{
    auto connected = connect_once(server, until);
    if (connected || !server.retry)
        return connected;
    event::sleep_until(until.sooner(event::Deadline::in(*server.retry)));
    return connect_once(server, until);
}

Result<ScanServer> ScanCalls::connect_once(const scan::Server& server, event::Deadline until)
{
    const auto soon = until.sooner(event::Deadline::in(ground_.configuration.main.own.scanner_connect_timeout));
    return connect_to(server, ground_, soon);
}

}
