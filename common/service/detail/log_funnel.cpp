#include "common/service/detail/log_funnel.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace gp::service {
namespace {

constexpr std::size_t per_line = 64; // what a line costs beside its text
constexpr std::size_t most_per_line = 512 * 1024;
constexpr std::size_t most_per_notice = 1024 * 1024; // well below the message's own bound
constexpr Duration retry{100};

logd::Line line_of(const log::Entry& entry)
{
    static_assert(static_cast<int>(log::File::journal) == static_cast<int>(logd::Line::File::journal));
    static const auto pid = static_cast<std::uint32_t>(::getpid()); // who forks here, logs no more
    logd::Line line;
    line.file = static_cast<logd::Line::File>(entry.file);
    line.when = entry.when.time_since_epoch().count();
    line.pid = pid;
    line.text = entry.text.substr(0, most_per_line);
    return line;
}

}

LogFunnel::LogFunnel(ipc::Link& link) : link_(link), again_([this] { flush(); })
{
    link_.on_connect([this](const std::shared_ptr<ipc::Channel>&) { schedule(); });
    // In front of all else: who hears of a thing may log what follows from it.
    ipc::Channel::before_each_flush([this] { flush(); });
}

LogFunnel::~LogFunnel()
{
    ipc::Channel::before_each_flush({});
}

void LogFunnel::add(const log::Entry& entry)
{
    if (octets_ + entry.text.size() > most_waiting) {
        ++lost_;
        return;
    }
    lines_.push_back(line_of(entry));
    octets_ += lines_.back().text.size() + per_line;
    schedule();
}

Status LogFunnel::write(const log::Entry& entry, event::Deadline until)
{
    const logd::WriteLine question{line_of(entry)};
    for (;;) {
        const auto channel = TRY(link_.pick(until));
        flush();
        const auto written = channel->call(question, until);
        if (written || written.error().cause != Cause::closed)
            return written ? Status{} : Status(written.error());
    }
}

void LogFunnel::schedule()
{
    if (!std::exchange(scheduled_, true))
        event::Loop::current().defer([this] {
            scheduled_ = false;
            flush();
        });
}

void LogFunnel::tell_lost()
{
    if (lost_ == 0)
        return;
    const auto text = std::to_string(std::exchange(lost_, 0)) +
                      " log lines of this process were lost while the log "
                      "service was away";
    add({log::File::main,
         std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()), text});
}

// One notice of bounded size; the rest follows in others.
void LogFunnel::send(ipc::Channel& channel)
{
    logd::Lines notice;
    std::size_t size = 0;
    auto end = lines_.begin();
    while (end != lines_.end() &&
           (end == lines_.begin() || size + end->text.size() + per_line <= most_per_notice))
        size += end++->text.size() + per_line;
    notice.lines.assign(std::make_move_iterator(lines_.begin()), std::make_move_iterator(end));
    lines_.erase(lines_.begin(), end);
    octets_ -= size;
    channel.send(notice);
    channel.flush_now();
}

void LogFunnel::flush()
{
    while (!lines_.empty()) {
        const auto channel = link_.best();
        if (!channel)
            return; // on_connect comes back here
        if (channel->waiting_octets() > most_waiting)
            return again_.start(retry);
        send(*channel);
        tell_lost();
    }
}

}
