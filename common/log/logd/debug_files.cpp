#include "common/log/logd/debug_files.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "common/log/debug_log.h"

namespace gp::logd {
namespace {

constexpr std::size_t longest_tag = 128;
constexpr std::size_t most_held = 64 * 1024; // of one pretrigger
constexpr std::size_t most_sessions = 64;    // of one file: what the longest silent one has kept back is let go

std::string_view take_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

}

// The tag stands behind the whole name: /var/log/exim4/debuglog.192.0.2.1.
std::string DebugFiles::pattern(std::string_view tag) const
{
    return parameters_.log_file_path + replace_all(std::string(tag), "%", "%%");
}

Result<DebugFiles::One*> DebugFiles::find(std::string_view tag)
{
    if (const auto at = files_.find(tag); at != files_.end())
        return &at->second;
    if (tag.size() > longest_tag || tag.find('/') != std::string_view::npos)
        return misconfigured("control = debug: no file can have the tag \"" + escape(tag) + "\"");
    if (files_.size() >= parameters_.debug_log_files_max)
        return misconfigured("control = debug: there are debug_log_files_max = " + std::to_string(files_.size()) +
                             " files; no more are written until the log service is started again");
    One one{LogFile(pattern(tag), "debug", parameters_.log_file_mode, parameters_.pending_limit)};
    one.file.keep_below(parameters_.debug_log_size, 0);
    return &files_.emplace(std::string(tag), std::move(one)).first->second;
}

DebugFiles::Kept& DebugFiles::kept_of(One& one, std::string_view session)
{
    const auto at = std::ranges::find(one.kept, session, &Kept::session);
    if (at != one.kept.end()) {
        std::rotate(at, at + 1, one.kept.end());
        return one.kept.back();
    }
    // A session that was triggered would fall silent.
    if (one.kept.size() >= most_sessions) {
        const auto untriggered = std::ranges::find(one.kept, false, &Kept::triggered);
        one.kept.erase(untriggered == one.kept.end() ? one.kept.begin() : untriggered);
    }
    return one.kept.emplace_back(std::string(session), std::string{}, false);
}

Status DebugFiles::take(std::string_view packed, std::string_view stamp, const std::tm& now)
{
    if (packed.empty())
        return {};
    const auto what = static_cast<log::DebugDoes>(packed.front());
    packed.remove_prefix(1);
    const auto tag = take_line(packed);
    const auto session = take_line(packed);
    const auto number = take_line(packed);
    std::size_t most = 0;
    std::from_chars(number.data(), number.data() + number.size(), most);
    auto found = find(tag);
    if (!found)
        return std::exchange(told_of_limit_, true) ? Status{} : Status{found.error()};
    auto& one = **found;
    if (what == log::DebugDoes::forget) {
        if (const auto path = log_file_name(pattern(tag), "debug", now))
            ::unlink(path->c_str());
        files_.erase(std::string(tag));
        return {};
    }
    if (what == log::DebugDoes::trigger) {
        auto& kept = kept_of(one, session);
        kept.triggered = true;
        one.file.add(kept.lines);
        kept.lines.clear();
        return {};
    }
    std::string lines;
    for (const auto line : split(packed, '\n'))
        lines += std::string(stamp) + std::string(line) + "\n";
    auto* kept = what == log::DebugDoes::hold ? &kept_of(one, session) : nullptr;
    if (!kept || kept->triggered) {
        one.file.add(lines);
        return {};
    }
    kept->lines += lines;
    if (const auto room = std::min(most, most_held); kept->lines.size() > room) {
        const auto cut = kept->lines.find('\n', kept->lines.size() - room);
        kept->lines.erase(0, cut == std::string::npos ? cut : cut + 1);
    }
    return {};
}

Status DebugFiles::flush(const std::tm& now, std::int64_t seconds)
{
    Status all;
    for (auto& [tag, one] : files_)
        if (one.file.has_pending())
            if (auto done = one.file.flush(now, seconds); !done)
                all = std::move(done);
    return all;
}

bool DebugFiles::has_pending() const
{
    return std::ranges::any_of(files_, [](const auto& entry) { return entry.second.file.has_pending(); });
}

}
