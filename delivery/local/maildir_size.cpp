#include "delivery/local/maildir_size.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "common/base/number.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/directory.h"

namespace gp::local {
namespace {

constexpr std::size_t longest_file = 5120;       // then it is made anew
constexpr std::int64_t believed_full_for = 15 * 60;

Status count_folder(const std::string& path, const CountRules& rules, Usage& usage)
{
    for (const char* folder : {"cur", "new"}) {
        if (!TRY(rules.directories.matches(folder)))
            continue;
        const auto place = path + "/" + folder;
        TRY(each_entry(place, [&](std::string_view name) { return count_file(place, name, rules, usage); }));
    }
    return {};
}

constexpr unsigned deepest_folder = 20; // counted for a quota

Status count_below(const std::string& path, const CountRules& rules, Usage& usage, unsigned depth)
{
    if (depth > deepest_folder)
        return {};
    std::vector<std::string> below;
    Status counted;
    static_cast<void>(each_entry(path, [&](std::string_view entry) { // one that cannot be read has nothing in it
        const std::string name{entry};
        struct stat about {};
        if (::lstat((path + "/" + name).c_str(), &about) != 0)
            return Status{};
        if (S_ISDIR(about.st_mode)) {
            below.push_back(name);
            ++usage.files; // Exim's file count has directories in it
        } else if (S_ISREG(about.st_mode)) {
            counted = count_file(path, name, rules, usage);
        }
        return counted;
    }));
    TRY(counted);
    for (const auto& name : below)
        TRY(count_below(path + "/" + name, rules, usage, depth + 1));
    return {};
}

std::string first_line(const MaildirQuota& quota)
{
    return std::to_string(quota.octets) + "S," + std::to_string(quota.files) + "C";
}

std::string line_of(std::int64_t octets, std::int64_t files)
{
    return std::to_string(octets) + " " + std::to_string(files) + "\n";
}

// No room for one more message of that size.
bool is_full(const MaildirQuota& quota, const Usage& usage, std::int64_t coming)
{
    return (quota.octets > 0 && usage.octets + coming > quota.octets) || (quota.files > 0 && usage.files + 1 > quota.files);
}

struct Content {
    Usage usage;
    std::size_t lines = 0, entries = 0; // the latter without the first line
    std::int64_t age = 0;
};

// The sum of a file that may be believed; nothing when it must be made.
std::optional<Content> read_file(const std::string& path, const MaildirQuota& quota)
{
    OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size > static_cast<off_t>(longest_file))
        return std::nullopt;
    std::string text(longest_file, '\0');
    const auto got = ::read(file.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    Content content{.age = std::time(nullptr) - about.st_mtime};
    for (const auto line : split(text, '\n')) {
        if (content.lines++ == 0) {
            if (trim(line) != first_line(quota))
                return std::nullopt;
            continue;
        }
        if (trim(line).empty())
            continue;
        const auto words = split(trim(line), ' ');
        const auto octets = parse_integer(words.front()), files = parse_integer(words.back());
        if (words.size() < 2 || !octets || !files)
            return std::nullopt;
        ++content.entries;
        content.usage.octets += *octets;
        content.usage.files += *files;
    }
    if (content.usage.octets < 0 || content.usage.files < 0)
        return std::nullopt;
    return content;
}

// Under another name first, so that a reader never sees half of it.
Status write_file(const std::string& path, const std::string& text)
{
    const auto draft = path + "." + std::to_string(std::time(nullptr)) + ".P" + std::to_string(::getpid());
    OwnedFd file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file)
        return system_error("create " + draft);
    const bool written = ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (written && ::rename(draft.c_str(), path.c_str()) == 0)
        return {};
    auto failed = system_error("write " + path);
    ::unlink(draft.c_str());
    return failed;
}

}

Result<CountRules> CountRules::read(const Options& options)
{
    CountRules rules;
    rules.directories = TRY(lookup::Regex::compile(options.text("maildir_quota_directory_regex", "^(?:cur|new|\\..*)$")));
    if (options.has("quota_size_regex"))
        rules.size_in_name = TRY(lookup::Regex::compile(options.text("quota_size_regex")));
    return rules;
}

Status count_file(const std::string& path, std::string_view name, const CountRules& rules, Usage& usage)
{
    if (rules.size_in_name) {
        std::vector<lookup::Regex::Span> groups;
        if (TRY(rules.size_in_name.match(name, groups)) && groups.size() > 1 && groups[1].is_set)
            if (const auto size = parse_unsigned(name.substr(groups[1].from, groups[1].to - groups[1].from))) {
                usage.octets += static_cast<std::int64_t>(*size);
                ++usage.files;
                return {};
            }
    }
    struct stat about {};
    if (::stat((path + "/" + std::string(name)).c_str(), &about) != 0 || !S_ISREG(about.st_mode))
        return {}; // taken away while we count
    usage.octets += about.st_size / std::max<std::int64_t>(1, static_cast<std::int64_t>(about.st_nlink));
    ++usage.files;
    return {};
}

// The Maildir itself and its folders (".Sent").
Result<Usage> count_maildir(const std::string& path, const CountRules& rules)
{
    Usage usage;
    TRY(count_folder(path, rules, usage));
    TRY(each_entry(path, [&](std::string_view name) -> Status {
        if (!name.starts_with('.') || !TRY(rules.directories.matches(name)))
            return {};
        return count_folder(path + "/" + std::string(name), rules, usage);
    }));
    return usage;
}

Result<Usage> count_tree(const std::string& path, const CountRules& rules)
{
    Usage usage;
    TRY(count_below(path, rules, usage, 0));
    return usage;
}

Result<MaildirSize> MaildirSize::open(const std::string& maildir, const MaildirQuota& quota, const CountRules& rules, std::int64_t coming)
{
    MaildirSize made;
    made.path_ = maildir + "/maildirsize";
    const auto known = read_file(made.path_, quota);
    // "Full" is worth a second look: others remove mail without telling (Maildir++).
    const bool stale = known && is_full(quota, known->usage, coming) && (known->entries > 1 || known->age > believed_full_for);
    if (known && !stale) {
        made.usage_ = known->usage;
        return made;
    }
    made.usage_ = TRY(count_maildir(maildir, rules));
    TRY(write_file(made.path_, first_line(quota) + "\n" + line_of(made.usage_.octets, made.usage_.files)));
    return made;
}

Status MaildirSize::add(std::int64_t octets)
{
    OwnedFd file{::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)};
    const auto line = line_of(octets, 1);
    if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return system_error("append to " + path_);
    return {};
}

}
