// iplookup: a host that is asked over UDP or TCP has another address for this one (manual chapter 19). The answer is a
// stranger's word: it names no file before something has vouched for it.

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/event/stream.h"
#include "common/lookup/regex.h"
#include "common/mail/address_parser.h"
#include "common/net/connect.h"
#include "router/driver.h"

namespace gp::router {
namespace {

constexpr std::string_view usual_query = "$local_part@$domain $local_part@$domain";
constexpr std::size_t longest_answer = 4096; // of which an address uses 320 at most; more is no answer
constexpr std::size_t most_addresses = 8;    // of one host that are asked

class IpLookup final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    IpLookup(const Ground& ground, std::string name) : ground_(ground), name_(std::move(name)) {}
    Status read_servers(const conf::Driver& instance);
    Result<std::vector<net::Address>> addresses_of(const std::string& host) const;
    Result<std::string> answer_of_any(std::string_view query, std::string_view identification) const;
    Result<std::string> ask_by_udp(const net::SocketAddress& host, std::string_view query, event::Deadline until) const;
    Result<std::string> ask_by_tcp(const net::SocketAddress& host, std::string_view query, std::string_view identification, event::Deadline until) const;
    Result<bool> fits(const std::string& answer, std::string_view identification, expand::Scene& scene) const;
    Result<std::string> new_address(const std::string& answer, expand::Scene& scene) const;
    Decision defer(const std::string& why) const { return Decision::deferred(name_ + " router: " + why); }

    const Ground& ground_;
    const std::string name_;
    std::vector<std::string> hosts_;
    std::uint16_t port_ = 0;
    bool by_tcp_ = false, is_optional_ = false, has_query_ = false;
    Duration timeout_{};
    std::optional<expand::Expression> query_, reroute_;
    lookup::Regex pattern_;
};

Status IpLookup::read_servers(const conf::Driver& instance)
{
    const auto& settings = instance.settings;
    const auto wrong = [&](std::string_view option, const std::string& why) {
        const auto& origin = settings.is_set(option) ? settings.origin(option) : instance.origin;
        return misconfigured(origin.text() + ": router " + name_ + ": " + why);
    };
    hosts_ = config::split_list(settings.text("hosts"));
    std::erase(hosts_, std::string{});
    if (hosts_.empty())
        return wrong("hosts", "iplookup wants hosts, the names or addresses to ask");
    const auto port = settings.number("port");
    if (port < 1 || port > 65535)
        return wrong("port", "iplookup wants a port between 1 and 65535");
    port_ = static_cast<std::uint16_t>(port);
    const auto protocol = lower(settings.text("protocol"));
    if (protocol != "udp" && protocol != "tcp")
        return wrong("protocol", "protocol \"" + escape(protocol) + "\" is neither udp nor tcp");
    by_tcp_ = protocol == "tcp";
    // What `gatepost privileges` shows is what is asked; a tool has no walls, and no such list.
    const auto& peers = ground_.parameters.peers;
    for (const auto& host : hosts_)
        if (!peers.empty() && std::ranges::find(peers, protocol + " " + host + " port " + std::to_string(port)) == peers.end())
            return wrong("hosts", host + " is not among the hosts that the walls around router name");
    return {};
}

Result<std::unique_ptr<Router>> IpLookup::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<IpLookup> made{new IpLookup(ground, instance.name)};
    const auto& settings = instance.settings;
    TRY(made->read_servers(instance));
    made->is_optional_ = settings.flag("optional");
    made->timeout_ = settings.time("timeout");
    made->has_query_ = settings.is_set("query");
    made->query_ = made->has_query_ ? TRY(expression_of(ground, instance, "query")) : TRY(ground.language.parse(usual_query));
    made->reroute_ = TRY(expression_of(ground, instance, "reroute"));
    if (const auto& pattern = settings.text("response_pattern"); !pattern.empty()) {
        auto compiled = lookup::Regex::compile(pattern);
        if (!compiled)
            return misconfigured(settings.origin("response_pattern").text() + ": " + compiled.error().text);
        made->pattern_ = std::move(compiled).take();
        made->pattern_.speed_up();
    }
    return std::unique_ptr<Router>{std::move(made)};
}

Result<std::vector<net::Address>> IpLookup::addresses_of(const std::string& host) const
{
    if (const auto address = net::Address::parse(host))
        return std::vector{*address};
    auto found = ground_.hosts_file.find(host);
    if (found.empty())
        found = TRY(dns::lookup_host(ground_.resolver, host, ground_.dns_deadline())).addresses;
    return found;
}

Result<std::string> IpLookup::ask_by_udp(const net::SocketAddress& host, std::string_view query, event::Deadline until) const
{
    const OwnedFd socket{::socket(host.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket)
        return system_error("socket");
    sockaddr_storage room{};
    const auto length = host.fill(room);
    // Connected, so that nobody else's packet is read.
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&room), length) != 0)
        return system_error(host.text());
    event::FdWatch watch{socket.get()};
    if (::send(socket.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0)
        return system_error(host.text());
    std::string answer(longest_answer + 1, '\0');
    while (true) {
        const auto got = ::recv(socket.get(), answer.data(), answer.size(), 0);
        if (got >= 0) {
            answer.resize(static_cast<std::size_t>(got));
            return answer;
        }
        if (errno != EAGAIN && errno != EINTR)
            return system_error(host.text());
        if (!watch.wait_readable(until))
            return temporary(host.text() + ": no answer within timeout", Cause::timeout);
    }
}

// Some servers leave the connection open: so a line's end ends an answer, the identification that must be its last
// word (empty: none must), and the timeout.
Result<std::string> IpLookup::ask_by_tcp(const net::SocketAddress& host, std::string_view query, std::string_view identification, event::Deadline until) const
{
    auto made = net::connect(host, until);
    if (!made)
        return temporary(host.text() + ": " + made.error().error.text);
    event::FdStream stream{std::move(made->socket)};
    TRY(stream.write(query, until));
    std::string answer;
    std::array<char, 1024> buffer;
    while (answer.size() <= longest_answer) {
        const auto got = stream.read(buffer, until);
        if (!got && (answer.empty() || got.error().cause != Cause::timeout))
            return temporary(host.text() + ": " + got.error().text);
        if (!got || *got == 0)
            return answer;
        answer.append(buffer.data(), *got);
        if (answer.find('\n') != std::string::npos || (!identification.empty() && answer.ends_with(identification)))
            return answer;
    }
    return answer;
}

// Of the first host that has one. An error tells what was wrong with the last.
Result<std::string> IpLookup::answer_of_any(std::string_view query, std::string_view identification) const
{
    std::string why = "no host has an address";
    // However many addresses the hosts have; a host with a dead one has time left for another.
    const auto whole = event::Deadline::in(timeout_ * 2 * static_cast<int>(hosts_.size()));
    for (const auto& host : hosts_) {
        const auto addresses = addresses_of(host);
        if (!addresses || addresses->empty()) {
            why = host + ": " + (addresses ? "no address found" : addresses.error().text);
            continue;
        }
        for (const auto& address : *addresses | std::views::take(most_addresses)) {
            const net::SocketAddress to{address, port_};
            const auto until = event::Deadline::in(timeout_).sooner(whole);
            auto answer = by_tcp_ ? ask_by_tcp(to, query, identification, until) : ask_by_udp(to, query, until);
            if (answer && !answer->empty() && answer->size() <= longest_answer)
                return answer;
            why = !answer ? answer.error().text : to.text() + (answer->empty() ? ": an empty answer" : ": an answer that is too long");
        }
    }
    return temporary(why);
}

// Whether it is an answer to this question; its parts are numbered then.
Result<bool> IpLookup::fits(const std::string& answer, std::string_view identification, expand::Scene& scene) const
{
    auto& values = scene.captures.values;
    values.assign(1, Text::from(answer, "the answer of an iplookup host"));
    if (pattern_) {
        std::vector<lookup::Regex::Span> groups;
        if (!TRY(pattern_.match(answer, groups)))
            return false;
        const auto parts = lookup::captured(answer, groups);
        for (std::size_t i = 1; i < parts.size() && i < expand::Captures::most; ++i)
            values.push_back(Text::from(parts[i], "the answer of an iplookup host"));
        return true;
    }
    if (has_query_)
        return true;
    const auto blank = answer.find_first_of(" \t\r\n");
    return blank != std::string::npos && trim(std::string_view(answer).substr(blank)) == identification;
}

// As a stranger writes it: only what parses as an address may stand in a command or a file name.
Result<std::string> IpLookup::new_address(const std::string& answer, expand::Scene& scene) const
{
    auto text = answer.substr(0, answer.find_first_of(" \t\r\n"));
    if (reroute_) {
        auto words = reroute_->expand(scene);
        if (!words)
            return temporary("failed to expand " + reroute_->source() + ": " + words.error().text);
        text = trim(words->text);
    }
    const auto wrong = [&](const std::string& why) { return temporary("reroute string " + escape(text, true) + " is not of the form user@domain" + why); };
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 32 || c == 127; }))
        return wrong(": it has a control character");
    auto parsed = mail::parse_address(text, {.allow_domain_literals = true});
    if (!parsed)
        return wrong(": " + parsed.error().text);
    if (!parsed->has_domain())
        return wrong("");
    return std::move(parsed->address);
}

Result<Decision> IpLookup::route(const Question& question)
{
    auto& scene = question.scene;
    const auto identification = std::string(question.local_part) + "@" + question.candidate.domain;
    const auto query = query_->expand(scene);
    if (!query)
        return defer("failed to expand " + query_->source() + ": " + query.error().text);
    const auto answer = answer_of_any(query->text, has_query_ ? std::string_view{} : std::string_view(identification));
    if (!answer && is_optional_)
        return Decision::passed();
    if (!answer)
        return defer("failed to communicate with any host: " + answer.error().text);
    const auto is_ours = fits(*answer, identification, scene);
    if (!is_ours)
        return defer(is_ours.error().text);
    if (!*is_ours)
        return Decision::declined();
    const auto address = new_address(*answer, scene);
    if (!address)
        return defer(address.error().text);
    Decision decision{.kind = Decision::Kind::redirected};
    Candidate child;
    child.rename(*address);
    decision.children.push_back(std::move(child));
    return decision;
}

const RegisterRouter self{{
    .name = "iplookup",
    .make = IpLookup::make,
    .doc = "Asks a host over UDP or TCP for another address.",
}};

}
}
