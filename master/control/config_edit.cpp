#include "master/control/config_edit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

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

// The line that was there: its indentation, and "hide" if it had it.
std::string written(std::string_view old_line, const SettingName& name, const std::string& value)
{
    const auto indent = old_line.substr(0, old_line.size() - trim_left(old_line).size());
    const bool is_hidden = trim_left(old_line).starts_with("hide ");
    return std::string(indent) + (is_hidden ? "hide " : "") + name.option + " = " + value + "\n";
}

// Where a new setting goes: behind the last line of its section or driver, indented like it.
struct Place {
    config::Origin behind;
    bool below_its_name = false; // a driver without settings: the line is its name
};

Result<Place> place_for(const conf::Configuration& configuration, const SettingName& name)
{
    if (name.kind) {
        const auto* driver = (configuration.*word_of(*name.kind).find)(name.driver);
        Place place{driver->origin, true};
        for (const auto& setting : driver->settings.all())
            if (setting.is_written && setting.origin.file && setting.origin.file_name() == driver->origin.file_name() &&
                setting.origin.line > place.behind.line)
                place = {setting.origin, false};
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
    return name.kind ? std::string(word_of(*name.kind).word) + "/" + name.driver + "/" + name.option : name.option;
}

Result<EditedFile> edit_setting(const conf::Configuration& configuration, const SettingName& name,
                                const std::optional<std::string>& value, const EditedFile& pending)
{
    const auto& setting = settings_of(configuration, name)->at(name.option);
    if (!setting.is_written && !value)
        return permanent(shown_name(name) + " is not set in the configuration", Cause::not_found);
    if (setting.is_written && !setting.origin.file)
        return permanent(shown_name(name) + " comes from the command line, not from a file");
    const auto place = setting.is_written ? Place{setting.origin, false} : TRY(place_for(configuration, name));
    EditedFile out;
    out.path = place.behind.file ? *place.behind.file : configuration.file;
    auto lines = lines_of(pending.path == out.path ? pending.content : TRY(config::read_file(out.path, most_file)));
    const auto first = place.behind.file ? std::min<std::size_t>(place.behind.line, lines.size()) : 0;
    for (std::size_t i = 0; i < lines.size() && i + 1 < first; ++i)
        out.content += lines[i];
    std::size_t rest = 0;
    if (setting.is_written) {
        rest = end_of(lines, first - 1);
        for (auto i = first; i < rest; ++i) // between its lines
            if (is_comment(lines[i]))
                out.content += lines[i];
        if (value)
            out.content += written(lines[first - 1], name, *value);
    } else if (first > 0) {
        rest = end_of(lines, first - 1);
        for (std::size_t i = first - 1; i < rest; ++i)
            out.content += lines[i];
        if (!out.content.ends_with('\n'))
            out.content += '\n';
        auto like = lines[first - 1];
        const auto indent = like.substr(0, like.size() - trim_left(like).size()) + (place.below_its_name ? "  " : "");
        out.content += indent + name.option + " = " + *value + "\n";
    } else {
        out.content += name.option + " = " + *value + "\n";
    }
    for (std::size_t i = rest; i < lines.size(); ++i)
        out.content += lines[i];
    return out;
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
