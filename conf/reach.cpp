#include "conf/reach.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/expand/command.h"
#include "common/scan/servers.h"

namespace gp::conf {
namespace {

bool is_path_char(char c)
{
    return is_alnum(c) || c == '/' || c == '.' || c == '_' || c == '-' || c == '+' || c == '@' || c == '%' ||
           c == '~';
}

// What may stand before a path: a brace of an item's argument, a separator of a lookup or a list, a blank.
bool may_precede(char c)
{
    return c == '{' || c == ';' || c == ':' || c == ',' || c == '=' || c == '"' || c == '\'' || c == '!' ||
           is_space(c);
}

bool is_directory(const std::string& path)
{
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// Files are replaced by renaming, so the wall has their directory; a literal directory is itself.
std::string directory_of(std::string_view path, bool is_whole)
{
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    if (is_whole && is_directory(std::string(path)))
        return std::string(path);
    return std::string(path.substr(0, path.rfind('/')));
}

// Directories that hold everything are no wall; who needs one of them names something below it.
bool is_too_wide(const std::string& directory)
{
    return std::ranges::count(directory, '/') == 1 && directory != "/etc";
}

constexpr std::string_view asked_of_saslauthd = "saslauthd_socket"; // in reach where some text asks

template <class Visit>
void visit_texts(const config::Settings& settings, Visit visit)
{
    for (const auto& setting : settings.all())
        if (const auto* text = std::get_if<std::string>(&setting.value); text && setting.option->name != asked_of_saslauthd)
            visit(*text);
}

// Every text that may hold expansions.
template <class Visit>
void visit_all(const Configuration& configuration, Visit visit)
{
    visit_texts(configuration.main.all, visit);
    for (const auto& list : configuration.lists)
        visit(list.value);
    for (const auto& acl : configuration.acls)
        for (const auto& line : acl.lines)
            visit(line.text);
    for (const auto* drivers :
         {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers)
            visit_texts(driver.settings, visit);
    for (const auto& rule : configuration.retry) {
        visit(rule.pattern);
        visit(rule.senders);
    }
    for (const auto& rule : configuration.rewrite) {
        visit(rule.pattern);
        visit(rule.replacement);
    }
}

}

std::vector<std::string> literal_directories(std::string_view text)
{
    std::vector<std::string> found;
    for (std::size_t at = 0; (at = text.find('/', at)) != std::string_view::npos;) {
        if (text.substr(0, at).ends_with("wellknown") && text.substr(at).starts_with("//"))
            ++at;
        auto end = at;
        while (end < text.size() && is_path_char(text[end]))
            ++end;
        const bool is_argument = text.substr(0, at).ends_with("wellknown/"); // control = wellknown//srv/file
        const bool starts_here = at == 0 || is_argument || may_precede(text[at - 1]);
        auto path = text.substr(at, end - at);
        at = std::max(end, at + 1);
        if (!starts_here || path.size() < 2 || path.find("/../") != std::string_view::npos ||
            path.starts_with("//"))
            continue;
        const bool goes_on = end < text.size() && text[end] == '$';
        if (goes_on)
            path = path.substr(0, path.rfind('/') + 1);
        auto directory = directory_of(path, !goes_on || path.ends_with('/'));
        if (goes_on && path.size() > 1)
            directory = std::string(path.substr(0, path.size() - 1));
        if (directory.size() > 1)
            found.push_back(std::move(directory));
    }
    return found;
}

std::vector<std::string> literal_programs(std::string_view text)
{
    std::vector<std::string> found;
    constexpr std::string_view item = "${run";
    for (std::size_t at = 0; (at = text.find(item, at)) != text.npos;) {
        at += item.size();
        const auto open = text.find('{', at);
        if (open == text.npos || text.substr(at, open - at).find_first_not_of(", _abcdefghijklmnopqrstuvwxyz\t\n") != text.npos)
            continue;
        const auto rest = trim_left(text.substr(open + 1));
        auto words = expand::split_command(rest.substr(0, rest.find('}')));
        if (!words.empty() && words.front().starts_with('/') && words.front().find_first_of("$\\{") == std::string::npos)
            found.push_back(std::move(words.front()));
    }
    return found;
}

std::string scanning_program(const Configuration& configuration)
{
    const auto virus = scan::virus_scanner(configuration.main.all.expandable("av_scanner").text);
    if (!virus || virus->type != "cmdline")
        return {};
    const auto words = scan::scan_command(virus->options.front(), {});
    return words && !words->empty() ? words->front() : std::string{};
}

std::vector<std::string> programs_run_by(const Configuration& configuration)
{
    std::set<std::string> programs;
    visit_all(configuration, [&](std::string_view text) {
        for (auto& program : literal_programs(text))
            programs.insert(std::move(program));
    });
    if (const auto words = config::split_command(configuration.main.all.expandable("smtp_etrn_command").text, config::Braces::together);
        words && !words->empty())
        programs.insert(words->front());
    if (auto program = scanning_program(configuration); !program.empty())
        programs.insert(std::move(program));
    for (auto& program : configuration.main.all.list("run_programs"))
        programs.insert(std::move(program));
    return {programs.begin(), programs.end()};
}

bool asks_pam(const Configuration& configuration)
{
    bool asks = false;
    const auto is_name_char = [](char c) { return is_alnum(c) || c == '_'; };
    visit_all(configuration, [&](std::string_view text) {
        constexpr std::string_view word = "pam";
        for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; at += word.size()) {
            const bool begins = at == 0 || !is_name_char(text[at - 1]);
            asks |= begins && trim_left(text.substr(at + word.size())).starts_with('{');
        }
    });
    return asks;
}

bool permits_pam(const Configuration& configuration)
{
    return configuration.main.all.is_set("pam_user") || asks_pam(configuration);
}

bool judges_by_sasl(const Configuration& configuration)
{
    return std::ranges::count(configuration.authenticators, "cyrus_sasl", &Driver::driver) > 0;
}

std::vector<std::string> places_named_in(const Configuration& configuration)
{
    std::set<std::string> places;
    bool asks_saslauthd = false;
    visit_all(configuration, [&](std::string_view text) {
        asks_saslauthd |= text.find("saslauthd") != text.npos;
        for (auto& directory : literal_directories(text))
            if (!is_too_wide(directory))
                places.insert(std::move(directory));
    });
    if (asks_saslauthd)
        for (auto& directory : literal_directories(configuration.main.all.text(asked_of_saslauthd)))
            places.insert(std::move(directory));
    std::vector<std::string> out;
    for (const auto& place : places)
        if (out.empty() || !(place + "/").starts_with(out.back() + "/"))
            out.push_back(place);
    return out;
}

}
