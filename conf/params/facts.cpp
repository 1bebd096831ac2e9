#include <sys/utsname.h>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/source.h"
#include "conf/params/detail/facts.h"

namespace gp::conf {
namespace {

constexpr std::size_t most_of_hosts_file = 4 * 1024 * 1024;

// The name with a dot on the line of the hosts file that also has the short name.
std::string name_in_hosts_file(std::string_view short_name)
{
    const auto content = config::read_file("/etc/hosts", most_of_hosts_file);
    if (!content)
        return {};
    for (std::string_view line : split(*content, '\n')) {
        line = line.substr(0, line.find('#'));
        const std::string words = replace_all(std::string(trim(line)), "\t", " ");
        bool has_short_name = false;
        std::string_view full_name;
        for (const auto word : split(words, ' ')) {
            has_short_name = has_short_name || same_nocase(word, short_name);
            if (full_name.empty() && starts_nocase(word, short_name) && word.size() > short_name.size() &&
                word[short_name.size()] == '.')
                full_name = word;
        }
        if (has_short_name && !full_name.empty())
            return std::string(full_name);
    }
    return {};
}

}

std::string system_host_name()
{
    struct utsname system{};
    if (::uname(&system) < 0)
        return "localhost";
    const std::string name = system.nodename;
    if (name.find('.') != std::string::npos)
        return name;
    const std::string full_name = name_in_hosts_file(name);
    return full_name.empty() ? name : full_name;
}

Facts::Facts(std::string host_name, const config::Names* names)
    : given_host_name_(std::move(host_name)), system_(names ? *names : config::system_names())
{
    names_.user = [this](std::string_view name) { return find("user", name); };
    names_.group = [this](std::string_view name) { return find("group", name); };
    names_.group_name = [this](std::uint32_t id) { return group_name(id); };
}

Facts::Facts(Noted noted) : Facts(std::string(), nullptr)
{
    noted_ = std::move(noted);
    is_fixed_ = true;
}

std::string Facts::host_name()
{
    const auto known = noted_.find("host_name");
    if (known != noted_.end())
        return known->second;
    return value("host_name", given_host_name_.empty() ? system_host_name() : given_host_name_);
}

std::string Facts::group_name(std::uint32_t id)
{
    const std::string key = "gid " + std::to_string(id);
    if (!is_fixed_ && !noted_.contains(key))
        noted_[key] = system_.group_name ? system_.group_name(id) : std::to_string(id);
    const auto known = noted_.find(key);
    return known == noted_.end() ? std::to_string(id) : known->second;
}

std::string Facts::value(std::string_view name, std::string_view when_asked)
{
    const auto known = noted_.find(name);
    if (known != noted_.end() || is_fixed_)
        return known != noted_.end() ? known->second : std::string();
    return noted_[std::string(name)] = when_asked;
}

// Noted as "uid gid" under "user NAME"; a group's gid is the first number.
std::optional<config::Identity> Facts::find(std::string_view kind, std::string_view name)
{
    const std::string key = std::string(kind) + " " + std::string(name);
    if (!is_fixed_ && !noted_.contains(key)) {
        const auto found = kind == "user" ? system_.user(name) : system_.group(name);
        if (!found)
            return std::nullopt;
        noted_[key] = std::to_string(found->id) + " " + std::to_string(found->group);
    }
    const auto known = noted_.find(key);
    if (known == noted_.end())
        return std::nullopt;
    const auto numbers = split(known->second, ' ');
    const auto id = parse_unsigned(numbers[0]);
    const auto group = parse_unsigned(numbers.size() > 1 ? numbers[1] : std::string_view("x"));
    if (!id || !group)
        return std::nullopt;
    return config::Identity{std::string(name), static_cast<std::uint32_t>(*id), static_cast<std::uint32_t>(*group)};
}

}
