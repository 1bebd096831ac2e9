#include "router/scan_calls.h"

#include "cleanup/protocol.h"
#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/net/connect.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds connect_time{10};

Status read_option(std::string_view word, ScannerServer& server)
{
    const auto value = word.substr(std::min(word.find('=') + 1, word.size()));
    if (word == "backup") {
        server.backup = true;
    } else if (word.starts_with("pri=") || word.starts_with("priority=")) {
        server.priority = static_cast<int>(std::min<std::uint64_t>(TRY(parse_unsigned(value)), 1000));
    } else if (word.starts_with("weight=")) {
        server.weight = static_cast<std::uint32_t>(std::min<std::uint64_t>(TRY(parse_unsigned(value)), 1000));
    } else if (word.starts_with("tmo=")) {
        server.timeout = TRY(parse_duration(value));
    } else if (word == "variant=spamassassin" || word.starts_with("retry=")) {
        // A server that does not answer at once is passed over for the next one.
    } else {
        return misconfigured("the option \"" + escape(word) + "\" of a scanner's server is not supported by this version");
    }
    return {};
}

Result<ScannerServer> server_of(std::string_view text)
{
    ScannerServer server;
    std::vector<std::string_view> words;
    for (auto word : split(text, ' '))
        if (!trim(word).empty())
            words.push_back(trim(word));
    if (words.empty())
        return misconfigured("a server of a scanner is missing");
    server.host = words[0];
    std::size_t next = 1;
    if (!server.host.starts_with('/')) {
        if (words.size() < 2)
            return misconfigured("\"" + escape(text) + "\": HOST PORT is wanted");
        server.port = TRY(net::parse_port(words[1]));
        next = 2;
    }
    for (; next < words.size(); ++next)
        TRY(read_option(words[next], server));
    return server;
}

// Backups last, then by priority; among equals by chance, as their weights have it.
void put_in_order(std::vector<ScannerServer>& servers)
{
    std::vector<std::pair<double, std::size_t>> lots;
    std::vector<ScannerServer> out;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const double chance = static_cast<double>(random_number() >> 11) / static_cast<double>(1ull << 53);
        lots.emplace_back((servers[i].backup ? -1e6 : 0) + servers[i].priority * 10.0 + chance * servers[i].weight / 1000.0, i);
    }
    std::ranges::sort(lots, std::greater{});
    for (const auto& [lot, index] : lots)
        out.push_back(std::move(servers[index]));
    servers = std::move(out);
}

}

Result<std::vector<ScannerServer>> scanner_servers(std::string_view text)
{
    std::vector<ScannerServer> servers;
    for (const auto& item : config::split_list(text))
        if (!item.empty())
            servers.push_back(TRY(server_of(item)));
    if (servers.empty())
        return misconfigured("no server is named");
    return servers;
}

Result<std::vector<acl::ScanFinding>> ScanCalls::scan(const acl::ScanRequest& request)
{
    const auto key = request.scanner + "\n" + request.servers + "\n" + join(request.arguments, "\n");
    if (const auto known = known_.find(key); known != known_.end())
        return known->second;
    auto servers = TRY(scanner_servers(request.servers));
    put_in_order(servers);
    std::string reasons;
    for (const auto& server : servers) {
        auto found = scan_at(request, server);
        if (found) {
            known_.emplace(key, *found);
            return found;
        }
        reasons += (reasons.empty() ? "" : "; ") + server.host + (server.port ? " " + std::to_string(server.port) : "") + ": " +
                   found.error().text;
    }
    return temporary(reasons);
}

Result<std::vector<acl::ScanFinding>> ScanCalls::scan_at(const acl::ScanRequest& request, const ScannerServer& server)
{
    const auto timeout = std::min(request.timeout, server.timeout);
    cleanup::Inspect question;
    question.server = ipc::Fd{TRY(connect(server, event::Deadline::in(std::min(Duration{connect_time}, timeout))))};
    question.id = id_;
    question.scanner = request.scanner;
    question.arguments = request.arguments;
    question.timeout_ms = static_cast<std::uint32_t>(timeout.count());
    auto reply = TRY(asker_.call(question, event::Deadline::in(timeout + std::chrono::seconds(10))));
    std::vector<acl::ScanFinding> out;
    for (auto& finding : reply.findings)
        out.push_back({std::move(finding.name), std::move(finding.value)});
    return out;
}

Result<OwnedFd> ScanCalls::connect(const ScannerServer& server, event::Deadline until)
{
    std::vector<net::SocketAddress> targets;
    if (server.host.starts_with('/')) {
        targets.push_back(TRY(net::SocketAddress::unix_path(server.host)));
    } else if (const auto address = net::Address::parse(server.host)) {
        targets.emplace_back(*address, server.port);
    } else {
        for (const auto& found : TRY(dns::lookup_host(resolver_, server.host, until)).addresses)
            targets.emplace_back(found, server.port);
    }
    std::string reason = "no address";
    for (const auto& target : targets) {
        auto made = net::connect(target, until);
        if (made)
            return std::move(made->socket);
        reason = made.error().error.text;
    }
    return temporary("failed to connect: " + reason);
}

}
