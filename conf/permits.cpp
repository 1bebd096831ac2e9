#include "conf/permits.h"

#include <algorithm>
#include <array>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/process/identity.h"
#include "conf/fill.h"

namespace gp::conf {
namespace {

using launcher::FilePermit;
using launcher::OptionPermit;
using launcher::TransportPermit;

constexpr std::string_view file_options[] = {"file", "directory", "quota_directory", "socket", "log", "once", "shadow_file"};
// They become members of the delivery (router/transports.cpp), or are looked at word by word.
constexpr std::string_view not_options[] = {
    "driver",          "headers_add",    "headers_remove",       "return_path",      "user",
    "group",           "initgroups",     "home_directory",       "current_directory", "max_rcpt",
    "connection_max_messages", "debug_print", "headers_rewrite", "retry_use_local_part", "message_size_limit",
    "never_mail",      "command",        "transport_filter",     "event_action",     "shadow_transport", "shadow_condition",
};
// What an address has in it; no file is named over it with a slash.
constexpr std::string_view without_slash[] = {
    "local_part",        "domain",        "local_part_prefix", "local_part_suffix", "original_local_part",
    "original_domain",   "parent_local_part", "parent_domain", "local_part_prefix_v", "local_part_suffix_v",
};

bool contains(const auto& list, std::string_view one)
{
    return std::ranges::find(list, one) != std::end(list);
}

// From a dollar: the name of a plain variable, or nothing, and where it ends.
struct Item {
    std::string_view name;
    std::size_t end = 0;
};

// $h_subject: and its like: the colon, if there is one, belongs to the name.
bool is_header(std::string_view name)
{
    constexpr std::string_view beginnings[] = {"h_", "rh_", "bh_", "lh_", "header_", "rheader_", "bheader_", "lheader_"};
    return std::ranges::any_of(beginnings, [&](std::string_view one) { return name.starts_with(one); });
}

std::size_t end_of_header(std::string_view text, std::size_t at)
{
    while (at < text.size() && text[at] != ':' && text[at] != '}' && !is_space(text[at]))
        ++at;
    return at + (at < text.size() && text[at] == ':');
}

Item item_at(std::string_view text, std::size_t dollar)
{
    const auto is_name = [](char c) { return is_alnum(c) || c == '_'; };
    auto at = dollar + 1;
    if (at >= text.size() || text[at] != '{') {
        const auto begin = at;
        while (at < text.size() && is_name(text[at]))
            ++at;
        const auto name = text.substr(begin, at - begin);
        return {name, is_header(name) ? end_of_header(text, at) : at};
    }
    const auto begin = at + 1;
    unsigned depth = 0;
    for (; at < text.size(); ++at) {
        depth += text[at] == '{';
        if (text[at] == '}' && --depth == 0)
            break;
    }
    const auto inside = text.substr(begin, std::min(at, text.size()) - begin);
    const bool is_plain = !inside.empty() && std::ranges::all_of(inside, is_name);
    return {is_plain ? inside : std::string_view{}, std::min(at + 1, text.size())};
}

char mark_for(std::string_view name)
{
    return contains(without_slash, name) ? launcher::mark_segment : launcher::mark_anything;
}

// From `at` as far as `goes_on` says: what is written, and marks for what is expanded.
template <class GoesOn>
std::string pattern_from(std::string_view text, std::size_t& at, std::string_view home, GoesOn goes_on)
{
    std::string pattern;
    while (at < text.size() && (text[at] == '$' || goes_on(text[at]))) {
        if (text[at] == '\\') {
            pattern += launcher::mark_anything;
            at = std::min(at + 2, text.size());
            continue;
        }
        if (text[at] != '$') {
            pattern += text[at++];
            continue;
        }
        const auto item = item_at(text, at);
        if (item.name == "home" && pattern.empty())
            pattern += home;
        else
            pattern += mark_for(item.name);
        at = std::max(item.end, at + 1);
    }
    return pattern;
}

bool begins_at_a_place(std::string_view text)
{
    return text.starts_with('/') || text.starts_with("$home/") || text.starts_with("${home}/");
}

// Whose $home: the password file's, or what the driver says instead.
std::string home_of(const Driver& driver, std::string_view option)
{
    if (!driver.settings.find(option) || !driver.settings.is_set(option))
        return {launcher::mark_home};
    return pattern_of(driver.settings.expandable(option).text, std::string{launcher::mark_home});
}

std::uint32_t literal_user(const Driver& driver)
{
    const auto* setting = driver.settings.find("user");
    const auto* identity = setting ? std::get_if<config::Identity>(&setting->value) : nullptr;
    if (identity)
        return identity->id;
    if (const auto text = text_of(driver.settings, "user"); text && !text->empty())
        if (const auto named = process::find_user(*text))
            return named->uid;
    return launcher::any_uid;
}

bool has_user(const Driver& driver)
{
    const auto* setting = driver.settings.find("user");
    return setting && !std::holds_alternative<std::monostate>(setting->value);
}

// The user is another than the one who lives in $home, as far as the configuration shows.
bool is_anothers(const Driver& driver)
{
    if (!has_user(driver))
        return false;
    const auto* setting = driver.settings.find("user");
    const auto* text = std::get_if<std::string>(&setting->value);
    constexpr std::string_view the_same[] = {"$local_part", "${local_part}", "$local_part_data", "${local_part_data}"};
    return !text || !contains(the_same, trim(*text));
}

// check_local_user says who lives in $home, and `user` who looks and delivers there: of the home nothing is known then.
std::string home_read_by(const Driver& driver, std::string_view option)
{
    const auto home = home_of(driver, option);
    const bool is_others = home.starts_with(launcher::mark_home) && is_anothers(driver);
    return is_others ? launcher::mark_anything + home.substr(1) : home;
}

// What a redirect router reads, and what conditions of any router look at.
void add_files(const Driver& router, std::vector<FilePermit>& files)
{
    const auto home = home_of(router, "router_home_directory");
    const auto uid = literal_user(router);
    if (router.driver == "redirect" && router.settings.is_set("file")) {
        FilePermit permit{.pattern = pattern_of(router.settings.expandable("file").text, home_read_by(router, "router_home_directory")), .uid = uid, .interprets = true, .owners = {}};
        permit.modemask = static_cast<std::uint32_t>(router.settings.number("modemask"));
        // Of a file that is another's than the reader's only router knows whose it is.
        permit.checks_owner = uid == launcher::any_uid && !is_anothers(router) && router.settings.flag("check_owner");
        for (const auto& owner : router.settings.identities("owners"))
            permit.owners.push_back(owner.id);
        // The folder is looked at when the file is not there.
        if (const auto slash = permit.pattern.rfind('/'); slash != std::string::npos)
            files.push_back({.pattern = permit.pattern.substr(0, slash + 1) + ".", .uid = uid, .owners = {}});
        files.push_back(std::move(permit));
    }
    for (const auto& setting : router.settings.all())
        if (const auto* text = std::get_if<std::string>(&setting.value); text && setting.is_written)
            for (auto& pattern : patterns_in(*text, home))
                files.push_back({.pattern = std::move(pattern), .owners = {}});
}

// Can this router's addresses come to that transport?
bool leads_to(const Driver& router, const std::string& transport)
{
    for (const auto* option : {"transport", "file_transport", "directory_transport", "pipe_transport", "reply_transport"}) {
        if (!router.settings.find(option) || !router.settings.is_set(option))
            continue;
        const auto text = router.settings.expandable(option);
        if (!text.is_constant() || text.text == transport)
            return true;
    }
    return router.driver == "queryprogram"; // its program names one
}

// A transport's $home may come from any router, and be another's than the user's of the delivery.
std::vector<std::string> homes_of(const Configuration& configuration, const Driver& transport)
{
    if (transport.settings.is_set("home_directory"))
        return {home_read_by(transport, "home_directory")};
    const bool is_others = is_anothers(transport) || std::ranges::any_of(configuration.routers, [&](const Driver& router) {
        return is_anothers(router) && leads_to(router, transport.name);
    });
    if (is_others)
        return {std::string{launcher::mark_anything}};
    std::vector<std::string> homes = {std::string{launcher::mark_home}};
    for (const auto& router : configuration.routers)
        for (const auto* option : {"router_home_directory", "transport_home_directory"})
            if (router.settings.find(option) && router.settings.is_set(option))
                homes.push_back(home_of(router, option));
    return homes;
}

std::string pattern_of_word(const std::string& word)
{
    if (word.find_first_of("$\\") == std::string::npos)
        return word;
    // A pattern has no blanks at its ends.
    return trim(word) == word ? pattern_of(word, std::string{launcher::mark_anything}) : std::string{launcher::mark_anything};
}

// For a shell: what it says before the first expansion.
std::string pattern_of_line(const std::string& line)
{
    const auto first = line.find_first_of("$\\");
    return first == std::string::npos ? line : line.substr(0, first) + launcher::mark_anything;
}

std::vector<std::string> words_of(std::string_view text)
{
    const auto words = config::split_command(std::string(text), config::Braces::together);
    std::vector<std::string> patterns;
    if (words)
        for (const auto& word : *words) {
            if (word == "$pipe_addresses" || word == "${pipe_addresses}") {
                patterns.emplace_back("$pipe_addresses"); // the agent puts the addresses in its place
                continue;
            }
            patterns.push_back(pattern_of_word(word));
        }
    return patterns;
}

TransportPermit permit_of(const Configuration& configuration, const Driver& transport)
{
    TransportPermit permit{.name = transport.name, .driver = transport.driver, .uid = literal_user(transport), .options = {}, .command = {}, .filter = {}};
    const auto homes = homes_of(configuration, transport);
    for (const auto& setting : transport.settings.all()) {
        const auto name = setting.option->name;
        if (!setting.is_written || contains(not_options, name))
            continue;
        const auto text = transport.settings.expandable(name);
        const bool is_constant = text.is_constant();
        OptionPermit option{.name = std::string(name), .patterns = {}, .is_constant = is_constant && transport.driver != "autoreply",
                            .names_file = contains(file_options, name) && begins_at_a_place(text.text)};
        if (is_constant)
            option.patterns.push_back(text.text);
        else if (!option.names_file)
            option.patterns.emplace_back(1, launcher::mark_anything);
        else
            for (const auto& home : homes)
                option.patterns.push_back(pattern_of(text.text, home));
        permit.options.push_back(std::move(option));
    }
    const bool has_shell = transport.settings.find("use_shell") && transport.settings.flag("use_shell");
    if (has_shell && transport.settings.is_set("command"))
        permit.command = {pattern_of_line(transport.settings.expandable("command").text)};
    else if (transport.settings.find("command"))
        permit.command = words_of(transport.settings.expandable("command").text);
    if (transport.settings.find("transport_filter"))
        permit.filter = words_of(transport.settings.expandable("transport_filter").text);
    return permit;
}

}

std::string pattern_of(std::string_view text, std::string_view home)
{
    text = trim(text);
    if (!begins_at_a_place(text) && text != "$home" && text != "${home}")
        return {launcher::mark_anything};
    std::size_t at = 0;
    return pattern_from(text, at, home, [](char) { return true; });
}

std::vector<std::string> patterns_in(std::string_view text, std::string_view home)
{
    const auto is_path_char = [](char c) { return is_alnum(c) || std::string_view("/._-+@%~,").find(c) != std::string_view::npos; };
    const auto may_precede = [](char c) { return is_space(c) || std::string_view("{;:,=\"'!+<").find(c) != std::string_view::npos; };
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text.size();) {
        const bool starts = begins_at_a_place(text.substr(at)) && (at == 0 || may_precede(text[at - 1]));
        if (!starts) {
            ++at;
            continue;
        }
        auto pattern = pattern_from(text, at, home, is_path_char);
        if (pattern.size() > 1)
            found.push_back(std::move(pattern));
    }
    return found;
}

namespace {

bool is_literal(std::string_view text)
{
    return text.find_first_of("$\\") == std::string_view::npos;
}

void allow_group(std::string_view name, launcher::Parameters& parameters)
{
    name = trim(name);
    if (const auto number = parse_unsigned(name))
        parameters.also_gids.push_back(static_cast<std::uint32_t>(*number));
    else if (const auto group = process::find_group(std::string(name)))
        parameters.also_gids.push_back(*group);
}

// An option that names a group: that one, or any when only an expansion tells.
void add_group(const config::Settings& settings, std::string_view option, launcher::Parameters& parameters)
{
    const auto* setting = settings.find(option);
    if (!setting)
        return;
    const auto* text = std::get_if<std::string>(&setting->value);
    if (const auto* identity = std::get_if<config::Identity>(&setting->value))
        parameters.also_gids.push_back(identity->id);
    else if (text && !text->empty() && is_literal(*text))
        allow_group(*text, parameters);
    else if (text && !text->empty())
        parameters.any_gid = true;
}

// require_files = user,group:/path …: as whom to look.
void add_viewers(const Driver& router, launcher::Parameters& parameters)
{
    const auto* setting = router.settings.find("require_files");
    const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
    if (!text)
        return;
    for (const auto& item : config::split_list(*text)) {
        const auto comma = item.find(',');
        if (comma == std::string::npos || item.find('/') != std::string::npos)
            continue;
        if (const auto group = item.substr(comma + 1); is_literal(group))
            allow_group(group, parameters);
        else
            parameters.any_gid = true;
    }
}

void add_groups(const Configuration& configuration, launcher::Parameters& parameters)
{
    for (const auto* drivers : {&configuration.routers, &configuration.transports})
        for (const auto& driver : *drivers)
            add_group(driver.settings, "group", parameters);
    for (const auto& router : configuration.routers)
        add_viewers(router, parameters);
    add_group(configuration.main.all, "system_filter_group", parameters);
    if (const auto& group = configuration.main.process.exim_group; !group.name.empty())
        parameters.also_gids.push_back(group.id);
    std::erase(parameters.also_gids, 0u);
}

// queryprogram: what its driver asks for (router/drivers/queryprogram.cpp).
void add_query(const Driver& router, launcher::Parameters& parameters)
{
    if (router.driver != "queryprogram" || !router.settings.is_set("command_user"))
        return;
    launcher::ProgramPermit permit{.uid = std::get<config::Identity>(router.settings.find("command_user")->value).id,
                                   .directory = router.settings.text("current_directory"),
                                   .words = words_of(router.settings.expandable("command").text)};
    if (router.settings.is_set("command_group"))
        permit.gid = std::get<config::Identity>(router.settings.find("command_group")->value).id;
    else if (const auto user = process::find_user(uid_t{permit.uid}))
        permit.gid = user->gid;
    parameters.also_gids.push_back(permit.gid);
    parameters.queries.push_back(std::move(permit));
}

}

void fill_permits(const Configuration& configuration, std::uint32_t shared_uid, launcher::Parameters& parameters)
{
    auto& open = parameters.unticketed_uids;
    open.push_back(shared_uid);
    if (!configuration.main.process.exim_user.name.empty())
        open.push_back(configuration.main.process.exim_user.id);
    for (const auto& router : configuration.routers) {
        add_files(router, parameters.files);
        add_query(router, parameters);
        if (router.driver != "redirect")
            continue;
        const auto uid = literal_user(router);
        // The filter in a file that writes a log is obeyed by a child of its user's (router/drivers/redirect.cpp).
        const bool logs = !router.settings.is_set("file") && router.settings.flag("allow_filter") &&
                          !router.settings.flag("forbid_filter_logwrite");
        if (uid != launcher::any_uid) {
            open.push_back(uid);
            if (logs)
                parameters.journal_uids.push_back(uid);
            continue;
        }
        // The user comes from the address, and what is done as him from what only we know.
        const bool takes_user = has_user(router) || router.settings.flag("check_local_user");
        const bool in_home = router.settings.is_set("file") && pattern_of(router.settings.expandable("file").text, "\x03").starts_with(launcher::mark_home);
        const bool is_list = router.settings.is_set("file") && !router.settings.flag("allow_filter");
        parameters.unticketed_all |= takes_user && !in_home && !is_list;
    }
    for (const auto& transport : configuration.transports) {
        if (transport.driver == "smtp")
            continue;
        parameters.transports.push_back(permit_of(configuration, transport));
        if (const auto uid = parameters.transports.back().uid; uid != launcher::any_uid)
            open.push_back(uid);
        else
            parameters.unticketed_all |= has_user(transport);
    }
    if (configuration.main.all.is_set("system_filter_user"))
        open.push_back(std::get<config::Identity>(configuration.main.all.find("system_filter_user")->value).id);
    add_groups(configuration, parameters);
    std::erase(open, 0u);
    std::erase(open, launcher::any_uid);
}

void fill_filters(const Configuration& configuration, std::uint32_t uid, std::uint32_t gid, launcher::Parameters& parameters)
{
    for (const auto& transport : configuration.transports) {
        if (transport.driver != "smtp" || !transport.settings.is_set("transport_filter"))
            continue;
        launcher::FilterPermit permit{.transport = transport.name, .uid = uid, .gid = gid,
                                      .words = words_of(transport.settings.expandable("transport_filter").text)};
        if (const auto named = literal_user(transport); named != launcher::any_uid) {
            permit.uid = named;
            if (const auto user = process::find_user(uid_t{named}))
                permit.gid = user->gid;
        }
        if (const auto group = text_of(transport.settings, "group"); group && !group->empty())
            if (const auto found = process::find_group(*group))
                permit.gid = *found;
        if (const auto* setting = transport.settings.find("group"))
            if (const auto* identity = std::get_if<config::Identity>(&setting->value))
                permit.gid = identity->id;
        if (permit.gid != 0)
            parameters.also_gids.push_back(permit.gid);
        parameters.filters.push_back(std::move(permit));
    }
}

}
