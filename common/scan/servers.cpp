#include "common/scan/servers.h"

#include <cmath>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/lookup/regex.h"

namespace gp::scan {
namespace {

constexpr std::string_view default_clamd_socket = "/tmp/clamd"; // as Exim's
constexpr std::uint64_t most_weight = 1'000'000;

// Scanners that are told the path of a file, and where they are when nothing is said (manual 45.1).
struct FileScanner {
    std::string_view type, place;
};
constexpr FileScanner file_scanners[] = {
    {"avast", "/var/run/avast/scan.sock"},
    {"drweb", "/usr/local/drweb/run/drwebd.sock"},
    {"f-prot6d", "localhost 10200"},
    {"f-protd", "localhost 10200-10204"},
    {"fsecure", "/var/run/.fsav"},
    {"sock", "/tmp/malware.sock"},
    {"sophie", "/var/run/sophie"},
};

// Those that this version has no conversation for.
struct Unsupported {
    std::string_view type, why;
};
constexpr Unsupported unsupported[] = {
    {"aveserver", "Kaspersky makes it no longer, and Debian's Exim does not have it either; sock or cmdline can ask their scanner of today"},
    {"kavdaemon", "Kaspersky makes it no longer, and Debian's Exim does not have it either; sock or cmdline can ask their scanner of today"},
    {"mksd", "it is made no longer, and Debian's Exim does not have it either; clamd, sock or cmdline do the same"},
};

// An item is a list itself: blanks separate, or what stands behind a '<' (manual 45.2).
std::vector<std::string> words_of(std::string_view item)
{
    item = trim(item);
    std::vector<std::string> words;
    if (item.starts_with('<')) {
        for (auto& word : config::split_list(item))
            if (!word.empty())
                words.push_back(std::move(word));
        return words;
    }
    const auto text = replace_all(std::string(item), "\t", " ");
    for (auto word : split(text, ' '))
        if (!trim(word).empty())
            words.emplace_back(trim(word));
    return words;
}

Result<std::uint16_t> port_of(std::string_view text)
{
    const auto number = parse_unsigned(text);
    if (!number || *number == 0 || *number > 65535)
        return misconfigured("\"" + escape(text) + "\" is no port");
    return static_cast<std::uint16_t>(*number);
}

// "783", "783-785"
Status read_ports(std::string_view text, Server& server)
{
    const auto dash = text.find('-');
    server.first_port = TRY(port_of(text.substr(0, dash)));
    server.last_port = dash == std::string_view::npos ? server.first_port : TRY(port_of(text.substr(dash + 1)));
    if (server.last_port < server.first_port)
        return misconfigured("\"" + escape(text) + "\" is no range of ports");
    return {};
}

// "8", "8.30", "8.30.15"
Result<int> time_of(std::string_view text)
{
    constexpr std::uint64_t limits[] = {24, 59, 59};
    const auto parts = split(text, '.');
    int seconds = 0;
    if (parts.size() > 3)
        return misconfigured("\"" + escape(text) + "\" is no time of day");
    for (std::size_t i = 0; i < 3; ++i) {
        const bool is_there = i < parts.size() && (i == 0 || !parts[i].empty());
        const auto number = is_there ? parse_unsigned(parts[i]) : Result<std::uint64_t>{std::uint64_t{0}};
        if (!number || *number > limits[i])
            return misconfigured("\"" + escape(text) + "\" is no time of day");
        seconds = seconds * 60 + static_cast<int>(*number);
    }
    return seconds;
}

Result<TimeOfDay> hours_of(std::string_view text)
{
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return misconfigured("time= wants START-END, and has \"" + escape(text) + "\"");
    const auto start = TRY(time_of(text.substr(0, dash)));
    const auto end = TRY(time_of(text.substr(dash + 1)));
    return TimeOfDay{start, end};
}

Status read_spam_option(std::string_view word, Server& server)
{
    const auto value = word.substr(std::min(word.find('=') + 1, word.size()));
    if (word.starts_with("pri="))
        server.priority = static_cast<int>(std::min<std::uint64_t>(TRY(parse_unsigned(value)), most_weight));
    else if (word.starts_with("weight="))
        server.weight = static_cast<std::uint32_t>(std::min<std::uint64_t>(TRY(parse_unsigned(value)), most_weight));
    else if (word.starts_with("time="))
        server.hours = TRY(hours_of(value));
    else if (word.starts_with("retry="))
        server.retry = TRY(parse_duration(value));
    else if (word.starts_with("tmo="))
        server.timeout = TRY(parse_duration(value));
    else if (word == "variant=rspamd")
        server.is_rspamd = true;
    else
        return misconfigured("\"" + escape(word) + "\" is no option of a spam server: pri=, weight=, time=, retry=, tmo= "
                             "and variant=rspamd are");
    return {};
}

Status read_clamd_option(std::string_view word, Server& server)
{
    if (!word.starts_with("retry="))
        return misconfigured("\"" + escape(word) + "\" is no option of a clamd server: retry= is");
    server.retry = TRY(parse_duration(word.substr(6)));
    return {};
}

Result<Server> server_of(std::string_view text, Status (*read_option)(std::string_view, Server&))
{
    const auto words = words_of(text);
    if (words.empty())
        return misconfigured("a server is missing");
    Server server;
    server.host = words[0];
    std::size_t next = 1;
    if (!server.is_unix()) {
        if (words.size() < 2)
            return misconfigured("\"" + escape(text) + "\": HOST PORT is wanted, or the path of a socket");
        TRY(read_ports(words[1], server));
        next = 2;
    }
    for (; next < words.size(); ++next)
        TRY(read_option(words[next], server));
    return server;
}

bool is_open(const Server& server, int second_of_day)
{
    return !server.hours || (server.hours->begin <= second_of_day && second_of_day < server.hours->end);
}

}

Result<std::vector<Server>> spam_servers(std::string_view option)
{
    std::vector<Server> servers;
    for (const auto& item : config::split_list(option))
        if (!item.empty())
            servers.push_back(TRY(server_of(item, read_spam_option)));
    if (servers.size() > most_servers)
        return misconfigured("more than " + std::to_string(most_servers) + " servers");
    if (servers.empty())
        return misconfigured("no useable spamd server addresses in spamd_address configuration option.");
    return servers;
}

namespace {

Error unknown_scanner(const std::string& type)
{
    for (const auto& one : unsupported)
        if (one.type == type)
            return misconfigured("the scanner type \"" + type + "\" is not supported: " + std::string(one.why));
    std::vector<std::string_view> names = {"clamd", "cmdline"};
    for (const auto& one : file_scanners)
        names.push_back(one.type);
    const auto near = nearest(type, names);
    return misconfigured("unknown scanner type '" + escape(type) + "'" +
                         (near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)"));
}

Result<VirusScanner> file_scanner(const FileScanner& kind, const std::vector<std::string>& items)
{
    VirusScanner scanner{.type = std::string(kind.type), .servers = {}, .options = {}, .wants_file = true};
    const std::string place = items.size() > 1 && !items[1].empty() ? items[1] : std::string(kind.place);
    scanner.servers.push_back(TRY(server_of(place, read_clamd_option)));
    for (std::size_t i = 2; i < items.size(); ++i)
        if (!items[i].empty())
            scanner.options.push_back(items[i]);
        else if (kind.type == "sock" && i == 2)
            scanner.options.emplace_back("%s\\n");
    if (kind.type == "sock" && scanner.options.size() != 3)
        return misconfigured("sock wants a socket, a command, and two patterns: one for a finding, one for its name");
    if (kind.type == "drweb") // elsewhere it cannot open our files
        scanner.wants_file = scanner.servers.front().is_unix();
    if (!scanner.options.empty() && kind.type != "sock" && kind.type != "avast")
        return misconfigured("\"" + escape(scanner.options[0]) + "\" is no option of " + std::string(kind.type));
    return scanner;
}

// "/path/to/sweep -ss %s": what a shell would do with these characters, nobody does here.
Status check_command(const std::string& command)
{
    const auto words = TRY(config::split_command(command));
    if (words.empty() || !words.front().starts_with('/'))
        return misconfigured("cmdline wants the absolute path of a program, and has \"" + escape(command) + "\"");
    const auto sign = command.find_first_of("|&;<>`$()");
    if (sign != std::string::npos)
        return misconfigured("cmdline's command is run without a shell, which \"" + command.substr(sign, 1) +
                             "\" is for (what it writes to standard error is read too); put it into a script and name that");
    return {};
}

Result<VirusScanner> command_scanner(const std::vector<std::string>& items)
{
    if (items.size() < 4)
        return misconfigured("cmdline wants a command, and two patterns: one for a finding, one for its name");
    if (items.size() > 4)
        return misconfigured("cmdline has a command and two patterns, and \"" + escape(items[4]) + "\" is more (a colon in one of them is doubled)");
    TRY(check_command(items[1]));
    for (const auto& pattern : {items[2], items[3]})
        if (const auto compiled = lookup::Regex::compile(pattern); !compiled)
            return misconfigured("cmdline: " + compiled.error().text);
    return VirusScanner{.type = "cmdline", .servers = {}, .options = {items.begin() + 1, items.end()}, .wants_file = true};
}

Status read_clamd_items(const std::vector<std::string>& items, VirusScanner& scanner)
{
    for (std::size_t i = 1; i < items.size(); ++i)
        if (items[i] == "local")
            scanner.wants_file = true;
        else if (!items[i].empty())
            scanner.servers.push_back(TRY(server_of(items[i], read_clamd_option)));
    if (scanner.servers.empty())
        scanner.servers.push_back({.host = std::string(default_clamd_socket)});
    if (scanner.servers.size() > most_servers)
        return misconfigured("more than " + std::to_string(most_servers) + " servers");
    for (const auto& server : scanner.servers)
        if (server.is_unix() && scanner.servers.size() > 1)
            return misconfigured("only one server is possible with the Unix socket " + escape(server.host));
    scanner.wants_file |= scanner.servers.front().is_unix();
    return {};
}

}

Result<VirusScanner> virus_scanner(std::string_view option)
{
    const auto items = config::split_list(option);
    const std::string type = items.empty() ? "" : items.front();
    const auto* kind = std::ranges::find(file_scanners, type, &FileScanner::type);
    if (kind != std::end(file_scanners))
        return file_scanner(*kind, items);
    if (type == "cmdline")
        return command_scanner(items);
    if (type != "clamd")
        return unknown_scanner(type);
    VirusScanner scanner{.type = type, .servers = {}, .options = {}};
    TRY(read_clamd_items(items, scanner));
    return scanner;
}

Result<std::vector<Server>> virus_servers(std::string_view option)
{
    return TRY(virus_scanner(option)).servers;
}

Result<std::vector<std::string>> scan_command(std::string_view command, const std::string& directory)
{
    auto words = TRY(config::split_command(command));
    for (auto& word : words)
        word = replace_all(std::move(word), "%s", directory);
    return words;
}

std::vector<Server> in_order(std::vector<Server> servers, int second_of_day, const std::function<double()>& chance)
{
    struct Lot {
        int priority;
        double luck;
        Server* server;
    };
    std::vector<Lot> lots;
    for (auto& server : servers)
        if (is_open(server, second_of_day)) {
            // The one with the least of these is drawn as often as its weight says.
            const double luck = server.weight ? -std::log(std::max(chance(), 1e-12)) / server.weight : 1e12;
            lots.push_back({server.priority, luck, &server});
        }
    std::ranges::stable_sort(lots, [](const Lot& one, const Lot& other) {
        return one.priority != other.priority ? one.priority > other.priority : one.luck < other.luck;
    });
    std::vector<Server> out;
    for (const auto& lot : lots)
        out.push_back(std::move(*lot.server));
    return out;
}

}
