#include "master/control/mailbox_convert.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <map>
#include <optional>
#include <set>

#include "common/base/crc32c.h"
#include "common/base/number.h"
#include "common/base/octets.h"
#include "common/base/text.h"
#include "master/control/from_line.h"
#include "master/control/mbox_file.h"

namespace gp::control {
namespace {

// What mail programs write of a message's state: in an mbox by headers, in a Maildir by letters of the name.
struct FlagRow {
    char maildir, header; // the latter of X-Status; 'R' of Status
};
constexpr std::array flag_rows = {FlagRow{'D', 'T'}, FlagRow{'F', 'F'}, FlagRow{'R', 'A'}, FlagRow{'T', 'D'}};

struct Headers {
    std::string status, more_status;
    std::optional<std::string> return_path;
    std::string without_status; // the whole message but for the first two
    std::string proper;         // and but for the last, too: what the message was before it was delivered
};

Headers headers_of(std::string_view text)
{
    Headers found;
    for (auto rest = text;;) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
        if (trim(line).empty()) {
            found.without_status += rest;
            found.proper += rest;
            return found;
        }
        const auto value = std::string(trim(line.substr(std::min(line.find(':'), line.size() - 1) + 1)));
        const bool is_return_path = !found.return_path && starts_nocase(line, "Return-path:");
        if (starts_nocase(line, "Status:"))
            found.status = value;
        else if (starts_nocase(line, "X-Status:"))
            found.more_status = value;
        else
            found.without_status += line;
        if (is_return_path)
            found.return_path = value;
        else if (!starts_nocase(line, "Status:") && !starts_nocase(line, "X-Status:"))
            found.proper += line;
        rest.remove_prefix(line.size());
    }
}

// The envelope sender: as Return-path: has it, else as the "From " line had it; empty: of a bounce.
std::string sender_of(const Headers& headers, const std::string& in_from_line = {})
{
    auto sender = headers.return_path.value_or(in_from_line);
    std::erase_if(sender, [](char c) { return c == '<' || c == '>' || c == ' '; });
    return sender;
}

// By which a message is known in both formats, whichever way its sender is written there.
std::string mark_of(const Headers& headers, const std::string& sender)
{
    const auto content = sender + "\n" + headers.proper;
    return std::to_string(crc32c(content)) + "S" + std::to_string(content.size());
}

Status sync_folder(const std::string& path)
{
    const OwnedFd folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return folder && ::fsync(folder.get()) == 0 ? Status{} : Status{system_error("sync " + path)};
}

Result<std::vector<std::string>> names_in(const std::string& folder)
{
    std::vector<std::string> names;
    DIR* open = ::opendir(folder.c_str());
    if (!open)
        return system_error("open " + folder);
    while (const dirent* entry = ::readdir(open))
        if (entry->d_name[0] != '.')
            names.emplace_back(entry->d_name);
    ::closedir(open);
    std::ranges::sort(names);
    return names;
}

// Whoever calls has the signals blocked that end a command: it ends between two messages, and takes its lock along.
Status go_on()
{
    sigset_t pending;
    const bool is_told = ::sigpending(&pending) == 0 &&
                         (::sigismember(&pending, SIGINT) == 1 || ::sigismember(&pending, SIGTERM) == 1 || ::sigismember(&pending, SIGHUP) == 1);
    return is_told ? Status{temporary("interrupted: the same command again goes on from here")} : Status{};
}

// --- into a Maildir ---

class MaildirWriter {
public:
    static Result<MaildirWriter> open(const std::string& path)
    {
        MaildirWriter made{path};
        for (const char* folder : {"", "/tmp", "/new", "/cur"})
            if (::mkdir((path + folder).c_str(), 0700) != 0 && errno != EEXIST)
                return system_error("create " + path + folder);
        for (const char* folder : {"/new", "/cur"})
            for (const auto& name : TRY(names_in(path + folder)))
                made.there_.insert(name.substr(0, name.find(':')));
        return made;
    }
    Status take(std::string_view from_line, const std::string& text, Converted& count)
    {
        const auto headers = headers_of(text);
        const auto from = parse_from_line(from_line).value_or(FromLine{});
        const auto mark = mark_of(headers, sender_of(headers, from.sender));
        const auto date = from.date;
        const auto name = std::to_string(date) + ".C" + mark + "N" + std::to_string(seen_[mark]++) + ".converted";
        if (there_.contains(name)) {
            ++count.there_already;
            return {};
        }
        const auto tmp = path_ + "/tmp/" + name;
        TRY(write(tmp, (headers.return_path ? "" : "Return-path: <" + sender_of(headers, from.sender) + ">\n") + text, date));
        const auto flags = flags_of(headers);
        const bool is_old = !headers.status.empty() || !flags.empty();
        if (::rename(tmp.c_str(), (path_ + (is_old ? "/cur/" + name + ":2," + flags : "/new/" + name)).c_str()) != 0)
            return system_error("rename " + tmp);
        ++count.copied;
        return {};
    }
    Status sync() const
    {
        TRY(sync_folder(path_ + "/new"));
        return sync_folder(path_ + "/cur");
    }

private:
    explicit MaildirWriter(std::string path) : path_(std::move(path)) {}
    static std::string flags_of(const Headers& headers)
    {
        std::string flags;
        for (const auto& row : flag_rows)
            if (headers.more_status.find(row.header) != std::string::npos)
                flags += row.maildir;
        if (headers.status.find('R') != std::string::npos)
            flags.insert(std::ranges::find_if(flags, [](char c) { return c > 'S'; }), 'S');
        return flags;
    }
    static Status write(const std::string& name, const std::string& text, std::time_t date)
    {
        const OwnedFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
        if (!file)
            return system_error("create " + name);
        TRY(write_all(file.get(), text, name));
        const timespec times[2] = {{date, 0}, {date, 0}};
        if ((date > 0 && ::futimens(file.get(), times) != 0) || ::fsync(file.get()) != 0)
            return system_error("sync " + name);
        return {};
    }

    std::string path_;
    std::set<std::string> there_;
    std::map<std::string, unsigned> seen_; // messages with the same content
};

// --- into an mbox ---

struct Stored {
    std::string path, flags;
    bool is_new = false;
    std::int64_t date = 0;
};

Result<std::vector<Stored>> stored_in(const std::string& maildir)
{
    std::vector<Stored> all;
    for (const bool is_new : {false, true})
        for (const auto& name : TRY(names_in(maildir + (is_new ? "/new" : "/cur")))) {
            const auto flags = name.find(":2,");
            const auto date = parse_unsigned(name.substr(0, std::min(name.find('.'), name.size())));
            all.push_back({maildir + (is_new ? "/new/" : "/cur/") + name, flags == std::string::npos ? "" : name.substr(flags + 3), is_new,
                           date ? static_cast<std::int64_t>(*date) : 0});
        }
    std::ranges::stable_sort(all, {}, &Stored::date);
    return all;
}

std::string status_headers(const Stored& stored)
{
    if (stored.is_new)
        return {};
    std::string more;
    for (const auto& row : flag_rows)
        if (stored.flags.find(row.maildir) != std::string::npos)
            more += row.header;
    const std::string status = stored.flags.find('S') != std::string::npos ? "Status: RO\n" : "Status: O\n";
    return status + (more.empty() ? "" : "X-Status: " + more + "\n");
}

std::string with_status(const Headers& headers, const Stored& stored)
{
    const auto& text = headers.without_status;
    const auto end = text.starts_with('\n') ? 0 : std::min(text.find("\n\n"), text.size() - 1) + 1;
    return text.substr(0, end) + status_headers(stored) + text.substr(end);
}

std::string from_line_of(const Headers& headers, const Stored& stored)
{
    const auto sender = sender_of(headers);
    const std::time_t date = stored.date;
    std::tm when{};
    ::localtime_r(&date, &when);
    char text[64];
    std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Y", &when);
    return "From " + (sender.empty() ? "MAILER-DAEMON" : sender) + " " + text;
}

Result<std::string> read_message(const std::string& path)
{
    const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0)
        return system_error("open " + path);
    std::string text(static_cast<std::size_t>(about.st_size), '\0');
    text.resize(TRY(read_at(file.get(), text.data(), text.size(), 0)));
    text = replace_all(std::move(text), "\r\n", "\n");
    return text.ends_with('\n') ? text : text + "\n";
}

}

Result<Converted> mbox_to_maildir(const std::string& mbox, const std::string& maildir)
{
    const auto source = TRY(MboxFile::open(mbox, false));
    auto target = TRY(MaildirWriter::open(maildir));
    Converted count;
    TRY(source.each([&](std::string_view from_line, const std::string& text) -> Status {
        TRY(go_on());
        return target.take(from_line, text, count);
    }));
    TRY(target.sync());
    return count;
}

Result<Converted> maildir_to_mbox(const std::string& maildir, const std::string& mbox)
{
    const auto stored = TRY(stored_in(maildir));
    auto target = TRY(MboxFile::open(mbox, true));
    std::map<std::string, unsigned> there;
    TRY(target.each([&](std::string_view from_line, const std::string& text) {
        const auto headers = headers_of(text);
        ++there[mark_of(headers, sender_of(headers, parse_from_line(from_line).value_or(FromLine{}).sender))];
        return Status{};
    }));
    Converted count;
    for (const auto& one : stored) {
        TRY(go_on());
        const auto text = read_message(one.path);
        if (!text && text.error().cause == Cause::not_found) // its reader has moved it: the next run finds it
            continue;
        if (!text)
            return text.error();
        const auto headers = headers_of(*text);
        if (auto& same = there[mark_of(headers, sender_of(headers))]; same > 0) {
            --same;
            ++count.there_already;
            continue;
        }
        TRY(target.append(from_line_of(headers, one), with_status(headers, one)));
        ++count.copied;
    }
    TRY(target.sync());
    return count;
}

}
