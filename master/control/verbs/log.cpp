// gatepost log: everything about one message, sender, recipient, host or time, across rotated files, in time order.
//
// A message is shown whole when one of its lines matches; other lines are shown when they match themselves.

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <unordered_set>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "common/mainlog/line.h"
#include "common/mainlog/log_file.h"
#include "master/control/log_files.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

using mainlog::Flag;

constexpr std::int64_t no_time = -1;

struct Wish {
    std::unordered_set<std::string> ids;
    std::string sender, recipient, host; // parts of them, without regard to case
    lookup::Regex pattern;
    std::int64_t since = no_time, until = no_time; // milliseconds since 1970
    std::vector<std::string> files;

    bool is_empty() const
    {
        return ids.empty() && sender.empty() && recipient.empty() && host.empty() && !pattern && since == no_time &&
               until == no_time;
    }
};

// "2026-11-21", "2026-11-21 10:00", "2026-11-21 10:00:05", or how long ago: "90m".
Result<std::int64_t> time_of(const std::string& text)
{
    for (const char* form : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* end = ::strptime(text.c_str(), form, &parts);
        if (end && *end == '\0')
            return static_cast<std::int64_t>(::timegm(&parts)) * 1000;
    }
    if (const auto ago = parse_duration(text)) {
        // Stamps are compared as they are written, in local time.
        const auto now = std::time(nullptr);
        std::tm parts{};
        ::localtime_r(&now, &parts);
        return static_cast<std::int64_t>(::timegm(&parts)) * 1000 - ago->count();
    }
    return permanent("\"" + text + "\" is neither a time (2026-11-21 10:00) nor how long ago (90m)");
}

Result<Wish> wish_of(const std::vector<std::string>& words)
{
    Wish wish;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (!word.starts_with("--")) {
            if (mainlog::id_length(word) == word.size() && !word.empty())
                wish.ids.insert(word);
            else
                wish.pattern = TRY(lookup::Regex::compile(word, lookup::Regex::caseless));
            continue;
        }
        if (i + 1 == words.size())
            return permanent(word + " needs a value");
        const auto& value = words[++i];
        if (word == "--sender")
            wish.sender = value;
        else if (word == "--recipient")
            wish.recipient = value;
        else if (word == "--host")
            wish.host = value;
        else if (word == "--since")
            wish.since = TRY(time_of(value));
        else if (word == "--until")
            wish.until = TRY(time_of(value));
        else if (word == "--file")
            wish.files.push_back(value);
        else
            return permanent("unknown option " + word);
    }
    return wish;
}

// The stamp as it is written, whatever its zone.
std::int64_t written_time(const mainlog::Line& line)
{
    const auto plain = mainlog::parse_line(std::string(line.stamp.substr(0, 19)) + " x");
    return plain ? plain->milliseconds : line.milliseconds;
}

bool has(std::string_view text, const std::string& part)
{
    return find_nocase(text, part) != std::string_view::npos;
}

bool is_about_recipient(const mainlog::Line& line, const std::string& part)
{
    switch (line.flag) {
    case Flag::delivered:
    case Flag::further:
    case Flag::failed:
    case Flag::deferred:
    case Flag::suppressed:
    case Flag::cutthrough:
        return has(line.text.substr(0, mainlog::field_place(line.text, "R=")), part);
    case Flag::none:
        return has(line.text, part) && line.text.find("RCPT") != std::string_view::npos;
    default:
        return false;
    }
}

bool is_about_sender(const mainlog::Line& line, const std::string& part)
{
    if (line.flag == Flag::received)
        return has(mainlog::first_word(line.text), part);
    const auto from = mainlog::field(line.text, "F=");
    return from && has(*from, part);
}

bool is_about_host(const mainlog::Line& line, const std::string& part)
{
    const auto host = mainlog::host(line.text);
    if (host)
        return has(host->name, part) || has(host->helo, part) || has(host->address, part);
    return line.flag == Flag::none && has(line.text, "[" + part + "]");
}

bool is_in_time(const Wish& wish, const mainlog::Line& line)
{
    return (wish.since == no_time || written_time(line) >= wish.since) &&
           (wish.until == no_time || written_time(line) <= wish.until);
}

bool matches(const Wish& wish, const mainlog::Line& line)
{
    if (!is_in_time(wish, line))
        return false;
    if (wish.ids.contains(std::string(line.id)))
        return true;
    if (!wish.ids.empty())
        return false;
    return (wish.sender.empty() || is_about_sender(line, wish.sender)) &&
           (wish.recipient.empty() || is_about_recipient(line, wish.recipient)) &&
           (wish.host.empty() || is_about_host(line, wish.host)) &&
           (!wish.pattern || wish.pattern.matches(line.from_stamp).value_or(false));
}

struct Shown {
    std::int64_t time = 0;
    std::size_t order = 0; // as read, for lines of one moment
    std::string text;
    std::string id;
};

template <class Visit>
Status read_all(const std::vector<std::string>& files, Visit visit)
{
    for (const auto& path : files) {
        auto file = TRY(mainlog::LogFile::open(path));
        std::string_view text;
        while (file.next(text))
            if (const auto line = mainlog::parse_line(text))
                visit(*line);
        TRY(file.finish());
    }
    return {};
}

// Several conditions may be met by different lines of one message: sender on its arrival, recipient on a delivery.
class MessageFinder {
public:
    explicit MessageFinder(const Wish& wish) : wish_(wish) {}

    void look(const mainlog::Line& line)
    {
        if (line.id.empty() || !is_in_time(wish_, line))
            return;
        for (std::size_t i = 0; i < parts; ++i)
            if (meets(line, i))
                met_[i].insert(std::string(line.id));
    }

    bool is_wanted(const std::string& id) const
    {
        return std::ranges::all_of(met_, [&](const auto& set) { return set.contains(id); });
    }

private:
    static constexpr std::size_t parts = 5;

    bool meets(const mainlog::Line& line, std::size_t part) const
    {
        switch (part) {
        case 0: return wish_.sender.empty() || is_about_sender(line, wish_.sender);
        case 1: return wish_.recipient.empty() || is_about_recipient(line, wish_.recipient);
        case 2: return wish_.host.empty() || is_about_host(line, wish_.host);
        case 3: return !wish_.pattern || wish_.pattern.matches(line.from_stamp).value_or(false);
        default: return wish_.ids.empty() || wish_.ids.contains(std::string(line.id));
        }
    }

    const Wish& wish_;
    std::unordered_set<std::string> met_[parts];
};

std::string output(std::vector<Shown> lines, bool json)
{
    std::ranges::sort(lines, [](const Shown& a, const Shown& b) {
        return std::pair(a.time, a.order) < std::pair(b.time, b.order);
    });
    std::string text;
    for (const auto& line : lines)
        text += json ? json_object({{"id", json_quoted(line.id)}, {"line", json_quoted(line.text)}}) + "\n"
                     : line.text + "\n";
    return text;
}

int run(const Invocation& call)
{
    auto wish = wish_of(call.arguments);
    if (!wish)
        return fail(EX_USAGE, wish.error().text);
    if (wish->is_empty())
        return fail(EX_USAGE, "say what to look for: a message id, an expression, --sender, --recipient, --host, "
                              "--since or --until");
    if (wish->files.empty()) {
        // The reject log repeats what the main log says, with headers that are no log lines.
        auto files = log_files(call, "main");
        if (!files)
            return fail(EX_NOINPUT, files.error().text);
        wish->files = std::move(*files);
    }
    MessageFinder finder{*wish};
    if (const auto read = read_all(wish->files, [&](const auto& line) { finder.look(line); }); !read)
        return fail(EX_NOINPUT, read.error().text);
    std::vector<Shown> shown;
    std::size_t order = 0;
    const auto take = [&](const mainlog::Line& line) {
        ++order;
        const std::string id(line.id);
        if (line.id.empty() ? matches(*wish, line) : finder.is_wanted(id))
            shown.push_back({line.milliseconds, order, std::string(line.from_stamp), id});
    };
    if (const auto read = read_all(wish->files, take); !read)
        return fail(EX_NOINPUT, read.error().text);
    if (shown.empty())
        return fail(1, "no line of " + std::to_string(wish->files.size()) + " files matches");
    return print(output(std::move(shown), call.json)) ? EX_OK : EX_IOERR;
}

const RegisterVerb self{{.name = "log",
                         .usage = "log [ID…] [EXPRESSION] [--sender PART] [--recipient PART] [--host PART] "
                                  "[--since TIME] [--until TIME] [--file FILE]… [--json]",
                         .text = "All log lines of the messages that match, across rotated files, in time order.",
                         .run = run}};

}
}
