#include "delivery/local/mailbox.h"

#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/amount.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"

namespace gp::local {

Result<Place> mailbox_place(const Job& job)
{
    Place place;
    place.is_maildir = TRY(job.options.flag("maildir_format", false));
    place.is_mailstore = TRY(job.options.flag("mailstore_format", false));
    auto directory = job.options.text("directory");
    auto file = job.options.text("file");
    if (directory.empty() && file.empty() && job.instruction().kind == "file") {
        file = job.instruction().address;
        if (file.ends_with('/') || place.is_maildir || place.is_mailstore) {
            directory = std::move(file);
            file.clear();
        }
    }
    const bool is_empty = directory.empty() && file.empty() && job.options.has("file") != job.options.has("directory");
    if (directory.empty() == file.empty() && !is_empty)
        return temporary("Mandatory file or directory option missing from " + job.instruction().transport + " transport");
    place.is_directory = !directory.empty() || (is_empty && job.options.has("directory"));
    for (const auto* format : {"maildir_format", "mailstore_format"})
        if (!place.is_directory && TRY(job.options.flag(format, false)))
            return temporary(std::string(format) + " requires \"directory\" to be specified for the " + job.instruction().transport + " transport");
    place.path = place.is_directory ? directory : file;
    while (place.is_directory && place.path.size() > 1 && place.path.ends_with('/'))
        place.path.pop_back();
    if (!place.path.starts_with('/'))
        return temporary("appendfile: file or directory name \"" + escape(place.path) + "\" is not absolute");
    if (place.path.find('\0') != std::string::npos)
        return permanent("appendfile: the name has a NUL in it");
    return place;
}

std::string nearest_existing(std::string path)
{
    struct stat about {};
    while (path.size() > 1 && ::stat(path.c_str(), &about) != 0)
        path.resize(std::max<std::size_t>(1, path.rfind('/')));
    return path;
}

namespace {

// A link on the way does not lead out of the place: what exists of the path is where it says.
bool truly_lies_below(const std::string& path, const std::string& home)
{
    std::error_code failed;
    const auto real_home = std::filesystem::canonical(home, failed);
    if (failed)
        return true; // then nothing exists below it either
    const auto real = std::filesystem::canonical(nearest_existing(path), failed);
    return !failed && (real == real_home || real.string().starts_with(real_home.string() + "/"));
}

}

Status check_place_for_creation(const Job& job, const std::string& path)
{
    const auto where = job.options.text("create_file", "anywhere");
    if (where == "anywhere")
        return {};
    const bool by_home = !where.starts_with('/');
    auto home = by_home ? job.instruction().home : where;
    while (home.size() > 1 && home.ends_with('/'))
        home.pop_back();
    if (home.empty())
        return temporary("create_file is set and there is no home directory");
    const bool below =
        path.starts_with(home + "/") && path.find("/../") == std::string::npos && truly_lies_below(path, home);
    const bool in = below && path.find('/', home.size() + 1) == std::string::npos;
    if (((where == "belowhome" || !by_home) && below) || (where == "inhome" && in))
        return {};
    return temporary("tried to create file in " + path + ", but file creation outside the home directory is not permitted");
}

namespace {

// In Exim's words: of a directory the system's come first, and alone.
Error not_created(const std::string& path, const std::string& for_whom, int number)
{
    auto error = system_error("failed to create directories for " + for_whom, number);
    if (for_whom.empty())
        error.text = std::string(std::strerror(number)) + ": cannot create " + path;
    return error;
}

}

Status ensure_directory(const Job& job, const std::string& path, const std::string& for_whom)
{
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0)
        return S_ISDIR(about.st_mode) ? Status{} : Status{temporary(path + " is not a directory")};
    const int missing = errno;
    const bool may_create = TRY(job.options.flag("create_directory", true));
    if (for_whom.empty() && (missing != ENOENT || !may_create))
        return system_error("stat() error for " + path, missing);
    if (!may_create)
        return {}; // whoever makes the file in it hears that it is not there
    TRY(check_place_for_creation(job, path));
    const auto mode = TRY(job.options.mode("directory_mode", 0700));
    for (std::size_t at = nearest_existing(path).size(); at < path.size();) {
        at = std::min(path.find('/', at + 1), path.size());
        const auto part = path.substr(0, at);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
            return not_created(path, for_whom, errno);
        ::chmod(part.c_str(), mode); // the umask has no say
        TRY(sync_directory(part.substr(0, std::max<std::size_t>(1, part.rfind('/')))));
    }
    return {};
}

Result<Quota> quota_of(const Options& options)
{
    Quota quota;
    const auto read = [&](std::string_view name, std::int64_t& limit, bool& checked) -> Status {
        const auto text = options.text(name);
        const auto parts = split(text, '/');
        if (trim(parts[0]).empty())
            return {};
        auto number = parse_amount(trim(parts[0]));
        if (!number)
            return temporary("option " + std::string(name) + ": " + number.error().text);
        limit = *number;
        for (std::size_t i = 1; i < parts.size(); ++i) {
            if (trim(parts[i]) != "no_check")
                return temporary("option " + std::string(name) + ": unknown modifier \"" + escape(parts[i]) + "\"");
            checked = false;
        }
        return {};
    };
    TRY(read("quota", quota.octets, quota.octets_checked));
    TRY(read("quota_filecount", quota.files, quota.files_checked));
    return quota;
}

Status check_quota(const Job& job, const Usage& usage, std::int64_t size, std::string_view file)
{
    const auto quota = TRY(quota_of(job.options));
    const bool inclusive = TRY(job.options.flag("quota_is_inclusive", true));
    if (quota.files > 0 && quota.files_checked && usage.files + (inclusive ? 1 : 0) > quota.files)
        return temporary("mailbox is full (MTA-imposed filecount quota exceeded while writing to " + std::string(file) +
                             ")",
                         Cause::no_space);
    if (quota.octets > 0 && quota.octets_checked && usage.octets + (inclusive ? size : 0) > quota.octets)
        return temporary("mailbox is full (MTA-imposed quota exceeded while writing to " + std::string(file) + ")",
                         Cause::no_space);
    return {};
}

delivery::Outcome outcome_of(const Error& error, Mailbox kind, const std::string& path)
{
    auto outcome = outcome_of(error);
    struct stat status {};
    const auto place = kind == Mailbox::maildir ? path + "/new" : path;
    if (error.cause != Cause::no_space || ::stat(place.c_str(), &status) != 0)
        return outcome;
    const auto used = kind == Mailbox::maildir ? status.st_mtim.tv_sec : status.st_atim.tv_sec;
    outcome.error_name = "quota_" + std::to_string(std::max<std::int64_t>(0, std::time(nullptr) - used)) + "s";
    return outcome;
}

Status sync_directory(const std::string& path)
{
    OwnedFd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::fsync(directory.get()) != 0)
        return system_error("sync directory " + path);
    return {};
}

}
