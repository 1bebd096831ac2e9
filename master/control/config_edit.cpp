#include "master/control/config_edit.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "common/base/owned_fd.h"
#include "common/base/text.h"

namespace gp::control {
namespace {

constexpr std::size_t most_file = 64 << 20;

struct DriverWord {
    std::string_view word; // "routers"
    conf::DriverClass kind;
    const conf::Driver* (conf::Configuration::*find)(std::string_view) const;
};
constexpr DriverWord driver_words[] = {
    {"routers", conf::DriverClass::router, &conf::Configuration::router},
    {"transports", conf::DriverClass::transport, &conf::Configuration::transport},
    {"authenticators", conf::DriverClass::authenticator, &conf::Configuration::authenticator},
};

const DriverWord& word_of(conf::DriverClass kind)
{
    return *std::ranges::find(driver_words, kind, &DriverWord::kind);
}

// The physical lines of a text, each with its line end.
std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return out;
}

bool continues(std::string_view line)
{
    return trim_right(line).ends_with('\\');
}

bool is_comment(std::string_view line)
{
    return trim_left(line).starts_with('#');
}

// One behind the last physical line of what begins at `first`; comments between continued lines belong to it.
std::size_t end_of(const std::vector<std::string>& lines, std::size_t first)
{
    auto at = first;
    bool more = continues(lines[at]);
    while (more && at + 1 < lines.size()) {
        ++at;
        if (!is_comment(lines[at]))
            more = continues(lines[at]);
    }
    return at + 1;
}

std::string_view line_end(std::string_view line)
{
    return line.ends_with("\r\n") ? "\r\n" : "\n";
}

std::string_view indent_of(std::string_view line)
{
    return line.substr(0, line.size() - trim_left(line).size());
}

// The line that was there: its indentation, and what a list's definition begins with, or "hide" if a setting had it.
Result<std::string> written(std::string_view old_line, const SettingName& name, const std::string& value, bool is_hidden)
{
    std::string out(indent_of(old_line));
    if (name.is_list) {
        const auto equals = old_line.find('=');
        if (equals == std::string_view::npos)
            return permanent("the definition of " + shown_name(name) + " goes on behind its first line: edit it by hand");
        out = std::string(old_line.substr(0, equals)) + (old_line[equals - 1] == ' ' ? "" : " ");
    } else {
        out += (is_hidden ? "hide " : "") + name.option + " ";
    }
    return out + "= " + value + std::string(line_end(old_line));
}

const config::NamedList* find_list(const conf::Configuration& configuration, const SettingName& name)
{
    for (const auto& list : configuration.lists)
        if (list.name == name.option && (!name.list || *name.list == list.kind))
            return &list;
    return nullptr;
}

struct Written {
    bool is_there = false;
    config::Origin origin;
    bool is_hidden = false;
};

Written where_is(const conf::Configuration& configuration, const SettingName& name)
{
    if (name.is_list) {
        const auto* list = find_list(configuration, name);
        return list ? Written{true, list->origin, list->is_hidden} : Written{};
    }
    const auto& setting = settings_of(configuration, name)->at(name.option);
    return {setting.is_written, setting.origin, setting.is_hidden};
}

// A line that is added within .ifdef ... .endif would count only while the condition does: the number of the line that
// ends the outermost one that began behind line number `from` and is open at `line`; or `line`.
std::size_t behind_conditions(const std::vector<std::string>& lines, std::size_t from, std::size_t line)
{
    std::size_t depth = 0, i = from;
    const auto pass = [&] {
        const auto text = trim_left(lines[i++]);
        if (text.starts_with(".ifdef") || text.starts_with(".ifndef"))
            ++depth;
        else if (text.starts_with(".endif") && depth > 0)
            --depth;
    };
    while (i < line && i < lines.size())
        pass();
    while (depth > 0 && i < lines.size())
        pass();
    return std::max(line, i);
}

// Where a new setting goes: behind the last line of its section or driver, indented like it.
struct Place {
    config::Origin behind;
    bool below_its_name = false; // a driver without settings: the line is its name
    std::size_t begins = 0;      // the line of the driver's name
};

Result<Place> place_for(const conf::Configuration& configuration, const SettingName& name)
{
    if (name.kind) {
        const auto* driver = (configuration.*word_of(*name.kind).find)(name.driver);
        Place place{driver->origin, true, driver->origin.line};
        for (const auto& setting : driver->settings.all())
            if (setting.is_written && setting.origin.file && setting.origin.file_name() == driver->origin.file_name() &&
                setting.origin.line > place.behind.line)
                place = {setting.origin, false, driver->origin.line};
        return place;
    }
    Place place;
    for (const auto& line : configuration.text) {
        if (line.text.starts_with("begin "))
            break;
        if (line.origin.file_name() == configuration.file)
            place.behind = line.origin;
    }
    return place;
}

}

Result<SettingName> SettingName::parse(std::string_view words)
{
    SettingName out;
    if (words.starts_with('+')) {
        out.is_list = true;
        out.option = words.substr(1);
        return out;
    }
    for (const auto kind : {config::ListKind::domain, config::ListKind::host, config::ListKind::address, config::ListKind::local_part})
        if (const auto word = config::keyword(kind); words.starts_with(word) && words.size() > word.size() && words[word.size()] == ' ') {
            out.is_list = true;
            out.list = kind;
            out.option = trim(words.substr(word.size()));
            return out;
        }
    const auto first = words.find('/');
    if (first == std::string_view::npos) {
        out.option = words;
        return out;
    }
    const auto second = words.find('/', first + 1);
    const auto at = std::ranges::find(driver_words, words.substr(0, first), &DriverWord::word);
    if (second == std::string_view::npos || at == std::end(driver_words))
        return permanent("\"" + std::string(words) + "\": a driver's option is named routers/NAME/OPTION, "
                         "transports/NAME/OPTION or authenticators/NAME/OPTION");
    out.kind = at->kind;
    out.driver = words.substr(first + 1, second - first - 1);
    out.option = words.substr(second + 1);
    return out;
}

const config::Settings* settings_of(const conf::Configuration& configuration, const SettingName& name)
{
    if (!name.kind)
        return &configuration.main.all;
    const auto* driver = (configuration.*word_of(*name.kind).find)(name.driver);
    return driver ? &driver->settings : nullptr;
}

std::string shown_name(const SettingName& name)
{
    if (name.is_list)
        return name.list ? std::string(config::keyword(*name.list)) + " " + name.option : "+" + name.option;
    return name.kind ? std::string(word_of(*name.kind).word) + "/" + name.driver + "/" + name.option : name.option;
}

namespace {

// A setting that is not there yet, in the manner of the line before it.
std::string added_line(std::string_view before, const Place& place, const SettingName& name, const std::string& value)
{
    return std::string(indent_of(before)) + (place.below_its_name ? "  " : "") + (name.list ? shown_name(name) : name.option) + " = " +
           value + std::string(line_end(before));
}

}

Result<EditedFile> edit_setting(const conf::Configuration& configuration, const SettingName& name,
                                const std::optional<std::string>& value, const EditedFile& pending)
{
    const auto known = where_is(configuration, name);
    if (!known.is_there && !value)
        return permanent(shown_name(name) + " is not set in the configuration", Cause::not_found);
    if (known.is_there && !known.origin.file)
        return permanent(shown_name(name) + " comes from the command line, not from a file");
    const auto place = known.is_there ? Place{known.origin, false} : TRY(place_for(configuration, name));
    EditedFile out;
    out.path = place.behind.file ? *place.behind.file : configuration.file;
    auto lines = lines_of(pending.path == out.path ? pending.content : TRY(config::read_file(out.path, most_file)));
    auto first = place.behind.file ? std::min<std::size_t>(place.behind.line, lines.size()) : 0;
    const auto like = first; // the line whose manner the new one has
    if (!known.is_there)
        first = behind_conditions(lines, std::min(place.begins, first), first);
    for (std::size_t i = 0; i < lines.size() && i + 1 < first; ++i)
        out.content += lines[i];
    const auto rest = first > 0 ? end_of(lines, first - 1) : 0;
    if (known.is_there) {
        for (std::size_t i = first; i < rest; ++i)
            if (is_comment(lines[i]))
                out.content += lines[i];
        if (value)
            out.content += TRY(written(lines[first - 1], name, *value, known.is_hidden));
    } else {
        for (std::size_t i = first > 0 ? first - 1 : 0; i < rest; ++i)
            out.content += lines[i];
        if (first > 0 && !out.content.ends_with('\n'))
            out.content += '\n';
        out.content += added_line(like > 0 ? lines[like - 1] : std::string(), place, name, *value);
    }
    for (std::size_t i = rest; i < lines.size(); ++i)
        out.content += lines[i];
    return out;
}

Status check_nothing_else_changed(const conf::Configuration& before, const conf::Configuration& after, const SettingName& name,
                                  bool is_set)
{
    const auto was_there = where_is(before, name).is_there;
    const auto& old_lines = before.text;
    const auto& lines = after.text;
    std::size_t same = 0; // from the first line on
    while (same < old_lines.size() && same < lines.size() && old_lines[same].text == lines[same].text)
        ++same;
    std::size_t behind = 0; // and from the last line back
    while (behind + same < old_lines.size() && behind + same < lines.size() &&
           old_lines[old_lines.size() - 1 - behind].text == lines[lines.size() - 1 - behind].text)
        ++behind;
    if (old_lines.size() - same - behind > (was_there ? 1u : 0u) || lines.size() - same - behind > (is_set ? 1u : 0u))
        return permanent("the edit of " + shown_name(name) + " would change other lines too: is there a backslash or a quote in its value?");
    if (is_set && where_is(before, name).is_hidden && !where_is(after, name).is_hidden)
        return permanent("the value of " + shown_name(name) + " would not be hidden any more");
    if (where_is(after, name).is_there != is_set)
        return permanent("the value of " + shown_name(name) + " would not be read as one");
    return {};
}

Result<OwnedFd> lock_edits(const std::string& configuration_file)
{
    constexpr int tries = 100;
    constexpr std::chrono::milliseconds pause{100};
    char* resolved = ::realpath(configuration_file.c_str(), nullptr);
    if (!resolved)
        return system_error(configuration_file);
    std::string folder = resolved;
    std::free(resolved); // NOLINT: realpath allocates it
    folder.resize(folder.rfind('/') + 1);
    OwnedFd lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!lock)
        return system_error(folder);
    for (int tried = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++tried) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return system_error("lock " + folder);
        if (tried == tries)
            return temporary("somebody else is editing in " + folder + "; try again");
        std::this_thread::sleep_for(pause);
    }
    return lock;
}

Status replace_file(const EditedFile& edited)
{
    char* resolved = ::realpath(edited.path.c_str(), nullptr);
    if (!resolved)
        return system_error(edited.path);
    const std::string path = resolved;
    std::free(resolved); // NOLINT: realpath allocates it
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return system_error(path);
    std::string made = path + ".XXXXXX";
    const OwnedFd file{::mkostemp(made.data(), O_CLOEXEC)};
    if (!file)
        return system_error("cannot make a file beside " + path);
    const auto fail = [&](std::string_view what) {
        auto error = system_error(what);
        ::unlink(made.c_str());
        return error;
    };
    for (std::string_view rest = edited.content; !rest.empty();) {
        const auto count = ::write(file.get(), rest.data(), rest.size());
        if (count < 0)
            return fail("write " + made);
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fchmod(file.get(), status.st_mode & 07777) != 0)
        return fail("chmod " + made);
    if ((status.st_uid != ::geteuid() || status.st_gid != ::getegid()) &&
        ::fchown(file.get(), status.st_uid, status.st_gid) != 0)
        return fail("chown " + made);
    if (::fsync(file.get()) != 0 || ::rename(made.c_str(), path.c_str()) != 0)
        return fail("rename " + made);
    const OwnedFd folder{::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder)
        ::fsync(folder.get());
    return {};
}

}
