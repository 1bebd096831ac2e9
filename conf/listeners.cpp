#include "conf/listeners.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/service/control_frame.h"

namespace gp::conf {
namespace {

constexpr const char* submission_pool = "smtpd-sub";
constexpr std::uint16_t submission_ports[] = {587, 465};

bool has_ipv6()
{
    return static_cast<bool>(OwnedFd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)});
}

struct Wanted {
    std::vector<std::string> interfaces;
    std::vector<std::string> ports;
};

// Manual 5.2, -oX: items with a dot, a colon or a bracket are addresses and replace local_interfaces; the
// others are ports and replace daemon_smtp_ports.
Wanted wanted(const config::Settings& settings, const std::string& override_list)
{
    Wanted wanted{settings.list("local_interfaces"), settings.list("daemon_smtp_ports")};
    if (override_list.empty())
        return wanted;
    Wanted given;
    for (auto& item : config::split_list(override_list)) {
        const bool is_address = item.find_first_of(".:[") != std::string::npos;
        (is_address ? given.interfaces : given.ports).push_back(std::move(item));
    }
    if (!given.interfaces.empty())
        wanted.interfaces = given.interfaces;
    if (!given.ports.empty())
        wanted.ports = given.ports;
    return wanted;
}

class Collector {
public:
    Collector(const MainSettings& settings, config::Problems& problems)
        : settings_(settings), problems_(problems), with_ipv6_(has_ipv6() && !settings.resolver.disable_ipv6)
    {}

    void collect(const Wanted& wanted)
    {
        const auto ports = numbers(wanted.ports, "daemon_smtp_ports");
        const auto tls_ports = numbers(settings_.all.list("tls_on_connect_ports"), "tls_on_connect_ports");
        for (const auto& item : wanted.interfaces) {
            const auto parsed = net::SocketAddress::parse(item);
            if (!parsed || parsed->is_unix()) {
                problems_.error(settings_.all.origin("local_interfaces"), item,
                                "local_interfaces: \"" + item + "\" is no address");
                continue;
            }
            if (parsed->port() != 0)
                add(parsed->address(), parsed->port(), tls_ports);
            else
                for (auto port : ports)
                    add(parsed->address(), port, tls_ports);
        }
    }

    std::vector<ListenRow> take() { return std::move(rows_); }

private:
    std::vector<std::uint16_t> numbers(const std::vector<std::string>& texts, const char* option)
    {
        std::vector<std::uint16_t> found;
        for (const auto& text : texts) {
            const auto port = net::parse_port(text);
            if (port)
                found.push_back(*port);
            else
                problems_.error(settings_.all.origin(option), text,
                                std::string(option) + ": " + port.error().text);
        }
        return found;
    }

    void add(const net::Address& address, std::uint16_t port, const std::vector<std::uint16_t>& tls_ports)
    {
        // The default list asks for both kinds of wildcard; a machine without IPv6 has one.
        if (address.is_v6() && address.is_unspecified() && !with_ipv6_)
            return;
        ListenRow row;
        row.address = {address, port};
        row.tls_on_connect = std::ranges::find(tls_ports, port) != tls_ports.end();
        row.submission = std::ranges::find(submission_ports, port) != std::end(submission_ports);
        row.origin = settings_.all.origin("local_interfaces");
        const auto same = [&](const ListenRow& other) { return other.address == row.address; };
        if (std::ranges::none_of(rows_, same))
            rows_.push_back(row);
    }

    const MainSettings& settings_;
    config::Problems& problems_;
    bool with_ipv6_;
    std::vector<ListenRow> rows_;
};

void add_submission_pool(ServiceTable& table)
{
    if (find_service(table, submission_pool))
        return;
    auto pool = *find_service(table, "smtpd");
    pool.name = submission_pool;
    pool.user = "gp-submd";
    pool.processes = (pool.processes + 1) / 2;
    pool.listen.clear();
    table.push_back(std::move(pool));
}

template <std::size_t N>
void copy_text(char (&into)[N], std::string_view text)
{
    text.copy(into, N - 1);
}

service::ImageListener unix_listener(std::string_view pool, std::string_view name, std::uint32_t backlog)
{
    service::ImageListener row{};
    copy_text(row.service, pool);
    copy_text(row.label, name);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    copy_text(address.sun_path, name);
    std::memcpy(&row.address, &address, sizeof address);
    row.address_length = sizeof address;
    row.flags = service::unix_socket;
    row.backlog = backlog;
    row.mode = 0666; // who may do what is decided by SO_PEERCRED, in the service
    return row;
}

}

std::vector<Listening> network_listeners(const MainSettings& settings, ServiceTable& table,
                                         const std::string& override_list, config::Problems& problems)
{
    std::vector<Listening> all;
    if (settings.all.flag("mua_wrapper")) // messages come from local programs alone (manual chapter 52)
        return all;
    for (const auto& row : table)
        for (const auto& listen : row.listen)
            if (row.processes > 0)
                all.push_back({row.name, listen});
    // The service table's own addresses replace those of the configuration, and -oX replaces both.
    if (!all.empty() && override_list.empty())
        return all;
    all.clear();
    Collector collector{settings, problems};
    collector.collect(wanted(settings.all, override_list));
    for (auto& row : collector.take()) {
        if (row.submission)
            add_submission_pool(table);
        all.push_back({row.submission ? submission_pool : "smtpd", std::move(row)});
    }
    return all;
}

std::vector<service::ImageListener> image_listeners(const std::vector<Listening>& network,
                                                    std::uint32_t backlog)
{
    std::vector<service::ImageListener> rows;
    for (const auto& [pool, listen] : network) {
        service::ImageListener row{};
        copy_text(row.service, pool);
        copy_text(row.label, listen.address.text());
        row.address_length = listen.address.fill(row.address);
        row.flags = (listen.tls_on_connect ? service::tls_on_connect : 0u) |
                    (listen.needs_login ? service::submission : 0u) | (listen.lmtp ? service::lmtp : 0u);
        row.backlog = backlog;
        rows.push_back(row);
    }
    rows.push_back(unix_listener("smtpd", "smtp", backlog));
    rows.push_back(unix_listener("submit", "submit", backlog));
    rows.push_back(unix_listener("qmgr", "control", backlog));
    return rows;
}

}
