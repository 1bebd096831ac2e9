#include "conf/service_table.h"

#include <functional>
#include <limits>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/service/privileges.h"
#include "common/service/status_board.h"

namespace gp::conf {
namespace {

// Rows of the privilege map that no default configuration needs.
constexpr std::string_view off_by_default[] = {"tally"};
constexpr std::uint32_t default_sessions = 1000;
constexpr std::uint32_t smtpd_sessions = 10000;
constexpr std::uint64_t most_memory = std::uint64_t{1} << 40;

struct Line {
    std::string text;
    config::Origin origin;
};

std::vector<Line> logical_lines(std::string_view text, const std::string& file)
{
    const auto name = std::make_shared<const std::string>(file);
    std::vector<Line> lines;
    std::uint32_t number = 0;
    for (auto line : split(text, '\n')) {
        ++number;
        const bool continues = !line.empty() && is_space(line[0]);
        line = trim(line.substr(0, line.find('#')));
        if (line.empty())
            continue;
        if (continues && !lines.empty())
            lines.back().text += " " + std::string(line);
        else
            lines.push_back({std::string(line), {name, number}});
    }
    return lines;
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    for (auto word : split(text, ' '))
        if (word = trim(word); !word.empty())
            words.push_back(word);
    return words;
}

Result<std::uint32_t> count(std::string_view value, std::uint64_t most)
{
    const auto number = TRY(parse_size(value));
    if (number < 0 || static_cast<std::uint64_t>(number) > most)
        return misconfigured("\"" + std::string(value) + "\" is out of range; at most " +
                             std::to_string(most));
    return static_cast<std::uint32_t>(number);
}

// ADDRESS:PORT[/tls][/submission][/lmtp]
Result<ListenRow> listen_row(std::string_view text, const config::Origin& origin)
{
    ListenRow row;
    row.origin = origin;
    auto parts = split(text, '/');
    row.address = TRY(net::SocketAddress::parse(parts[0]));
    if (row.address.port() == 0)
        return misconfigured("\"" + std::string(text) + "\" has no port: ADDRESS:PORT is wanted");
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i] == "tls")
            row.tls_on_connect = true;
        else if (parts[i] == "submission")
            row.submission = row.needs_login = true;
        else if (parts[i] == "lmtp")
            row.lmtp = true;
        else
            return misconfigured("\"/" + std::string(parts[i]) +
                                 "\" is unknown; /tls, /submission and /lmtp are known");
    }
    return row;
}

Status set_listen(ServiceRow& row, std::string_view value)
{
    for (auto item : split(value, ','))
        if (item = trim(item); !item.empty())
            row.listen.push_back(TRY(listen_row(item, row.origin)));
    return {};
}

// What the receiving service alone has; empty is a value, too: no milters here.
Status set_of_smtpd(const ServiceRow& row, std::optional<std::string>& setting, std::string_view value)
{
    if (row.program != "smtpd")
        return misconfigured("only smtpd asks milters");
    setting = value;
    return {};
}

struct Key {
    std::string_view name;
    Status (*set)(ServiceRow& row, std::string_view value);
};

const Key keys[] = {
    {"processes",
     [](ServiceRow& row, std::string_view value) -> Status {
         row.processes = TRY(count(value, service::max_processes / 2));
         if (row.program == "launcher" && row.processes > 1)
             return misconfigured("launcher is one process: what one signs for a user, no other could check");
         return {};
     }},
    {"sessions",
     [](ServiceRow& row, std::string_view value) -> Status {
         row.sessions = TRY(count(value, 1'000'000));
         return row.sessions ? Status{} : Status{misconfigured("at least one session is needed")};
     }},
    {"memory",
     [](ServiceRow& row, std::string_view value) -> Status {
         const auto octets = TRY(parse_size(value));
         if (octets < 0 || static_cast<std::uint64_t>(octets) > most_memory)
             return misconfigured("\"" + std::string(value) + "\" is out of range");
         row.memory_mib = static_cast<std::uint32_t>((octets + (1 << 20) - 1) >> 20);
         return {};
     }},
    {"files",
     [](ServiceRow& row, std::string_view value) -> Status {
         row.files = TRY(count(value, 1 << 20));
         return {};
     }},
    {"user",
     [](ServiceRow& row, std::string_view value) -> Status {
         row.user = value;
         return {};
     }},
    {"program",
     [](ServiceRow& row, std::string_view value) -> Status {
         if (!service::privileges_of(value))
             return misconfigured("there is no program \"" + std::string(value) + "\"");
         row.program = value;
         return {};
     }},
    {"chroot",
     [](ServiceRow& row, std::string_view value) -> Status {
         if (value != "yes" && value != "no")
             return misconfigured("yes or no is wanted");
         row.chroot = value == "yes";
         return {};
     }},
    {"listen", set_listen},
    {"smtpd_milters", [](ServiceRow& row, std::string_view value) { return set_of_smtpd(row, row.milters, value); }},
    {"milter_macro_daemon_name",
     [](ServiceRow& row, std::string_view value) { return set_of_smtpd(row, row.milter_daemon_name, value); }},
};

std::string nearest_key(std::string_view word)
{
    std::vector<std::string_view> names;
    for (const auto& key : keys)
        names.push_back(key.name);
    const auto near = nearest(word, names);
    return near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?";
}

void apply_word(ServiceRow& row, std::string_view word, const Line& line, config::Problems& problems)
{
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto* key = std::ranges::find(keys, name, &Key::name);
    if (equals == std::string_view::npos || key == std::end(keys))
        return problems.error(line.origin, line.text, "\"" + std::string(word) + "\" is not setting=value",
                              nearest_key(name));
    if (auto set = key->set(row, word.substr(equals + 1)); !set)
        problems.error(line.origin, line.text, std::string(name) + ": " + set.error().text);
}

bool is_pool_name(std::string_view name)
{
    return name.size() < 32 &&
           std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

// With its program's defaults when it is new; null when it cannot be.
ServiceRow* row_for(std::string_view name, const std::vector<std::string_view>& words, ServiceTable& table,
                    const Line& line, config::Problems& problems)
{
    if (auto* known = find_service(table, name))
        return known;
    std::string_view program = name;
    for (auto word : words)
        if (word.starts_with("program="))
            program = word.substr(8);
    const auto* privileges = service::privileges_of(program);
    if (!privileges || !is_pool_name(name)) {
        problems.error(line.origin, line.text, "there is no service \"" + std::string(name) + "\"",
                       "a pool of its own is NAME program=SERVICE");
        return nullptr;
    }
    auto& row = table.emplace_back();
    row.name = name;
    row.program = program;
    row.user = privileges->user;
    row.sessions = program == "smtpd" ? smtpd_sessions : default_sessions;
    return &row;
}

}

ServiceTable built_in_services(unsigned cores)
{
    ServiceTable table;
    for (const auto& privileges : service::privileges()) {
        ServiceRow row;
        row.name = row.program = privileges.service;
        row.user = privileges.user;
        const bool is_wide =
            row.name == "smtpd" || row.name == "cleanup" || row.name == "router" || row.name == "remote";
        row.processes = is_wide ? std::clamp(cores / 2, 1u, 16u) : 1;
        if (std::ranges::find(off_by_default, row.name) != std::end(off_by_default))
            row.processes = 0;
        row.sessions = row.name == "smtpd" ? smtpd_sessions : default_sessions;
        table.push_back(std::move(row));
    }
    return table;
}

void read_services(std::string_view text, const std::string& file, ServiceTable& table,
                   config::Problems& problems)
{
    for (const auto& line : logical_lines(text, file)) {
        auto words = words_of(line.text);
        const auto name = words.front();
        words.erase(words.begin());
        auto* row = row_for(name, words, table, line, problems);
        if (!row)
            continue;
        row->origin = line.origin;
        for (auto word : words)
            apply_word(*row, word, line, problems);
    }
}

ServiceRow* find_service(ServiceTable& table, std::string_view name)
{
    const auto found = std::ranges::find(table, name, &ServiceRow::name);
    return found == table.end() ? nullptr : &*found;
}

}
