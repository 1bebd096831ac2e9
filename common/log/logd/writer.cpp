#include "common/log/logd/writer.h"

#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "common/log/journal.h"
#include "common/log/logd/journald.h"
#include "common/log/logd/syslog.h"

namespace gp::logd {
namespace {

constexpr std::int64_t per_second = 1'000'000;

// Standard error may be the very daemon that stands still: nobody waits for it.
void complain(const std::string& why)
{
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    const std::string text = "gatepost log: " + why + "\n";
    if (::poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT) || ::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return; // nowhere left to say it
}

}

Writer::Writer(const Parameters& parameters, const Clock& clock)
    : parameters_(parameters), clock_(clock),
      main_(parameters.log_file_path, "main", parameters.log_file_mode, parameters.pending_limit),
      reject_(parameters.log_file_path, "reject", parameters.log_file_mode, parameters.pending_limit),
      panic_(parameters.log_file_path, "panic", parameters.log_file_mode, parameters.pending_limit),
      journal_(parameters.log_file_path, "decision", parameters.log_file_mode, parameters.pending_limit),
      records_(parameters.log_file_path, "json", parameters.log_file_mode, parameters.pending_limit),
      debug_(parameters_)
{
    journal_.keep_below(parameters.decision_journal_size, parameters.decision_journal_age);
    if (parameters.syslog || parameters.journald)
        open_system_logs();
}

void Writer::open_system_logs()
{
    const auto facility = facility_code(parameters_.syslog_facility);
    if (!facility)
        panic_.add(facility.error().text + "; lines go there as those of mail\n");
    const int code = facility ? *facility : LOG_MAIL;
    if (parameters_.syslog)
        system_.push_back({std::make_unique<Syslog>(std::string(Syslog::usual_path), parameters_.pending_limit,
                                                   Syslog::Style{.process_name = parameters_.syslog_processname,
                                                                 .facility = code,
                                                                 .with_pid = parameters_.syslog_pid,
                                                                 .with_stamp = parameters_.syslog_timestamp})});
    if (parameters_.journald)
        system_.push_back({std::make_unique<Journald>(std::string(Journald::usual_path), parameters_.pending_limit,
                                                     parameters_.syslog_processname, code)});
}

void Writer::start()
{
    const auto directory = mainlog::TotalsFile::directory_of(parameters_.log_file_path);
    if (directory.empty())
        return;
    const auto seconds = clock_.seconds();
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm now{};
    ::localtime_r(&time, &now);
    if (const auto kept = mainlog::TotalsFile::read(directory)) {
        totals_.read(kept->totals);
        for (const auto& intent : kept->intents)
            failed((intent.word == "main" ? main_ : records_).complete(intent.inode, intent.offset, intent.text, now, seconds));
    }
    if (const auto opened = totals_file_.open(directory, parameters_.log_file_mode); !opened)
        panic_.add("gatepost log: " + opened.error().text + ": gatepost metrics will not have the totals of the log\n");
}

void Writer::add(const Line& line)
{
    gathered_.push_back(line);
}

namespace {

bool is_json(Line::File file)
{
    return file == Line::File::journal;
}

}

bool Writer::has_pending() const
{
    if (parameters_.log_file_path.empty())
        return !gathered_.empty(); // what a log daemon does not take yet is kept for it
    return !gathered_.empty() || main_.has_pending() || reject_.has_pending() || panic_.has_pending() ||
           journal_.has_pending() || records_.has_pending() || debug_.has_pending();
}

std::string Writer::stamped(const Line& line) const
{
    if (is_json(line.file))
        return line.text + "\n";
    std::tm when{};
    const std::time_t seconds = static_cast<std::time_t>(line.when / per_second);
    if (parameters_.timezone == "UTC")
        ::gmtime_r(&seconds, &when);
    else
        ::localtime_r(&seconds, &when);
    char text[64];
    std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &when);
    if (parameters_.log_millisec)
        length += static_cast<std::size_t>(std::snprintf(text + length, sizeof text - length, ".%03d",
                                                         static_cast<int>(line.when % per_second / 1000)));
    if (parameters_.log_timezone)
        length += std::strftime(text + length, sizeof text - length, " %z", &when);
    std::string out(text, length);
    if (parameters_.log_pid)
        out += " [" + std::to_string(line.pid) + "]";
    out += ' ';
    out += line.text;
    out += '\n';
    return out;
}

LogFile& Writer::file_of(const Line& line)
{
    switch (line.file) {
    case Line::File::reject: return reject_;
    case Line::File::panic: return panic_;
    case Line::File::journal: return line.text.starts_with(log::record_start) ? records_ : journal_;
    default: return main_;
    }
}

// Lines of several processes come on several channels; their own clocks put them in order.
void Writer::flush()
{
    std::ranges::stable_sort(gathered_, {}, &Line::when);
    for (const auto& line : gathered_) {
        if (line.file == Line::File::reject && !parameters_.write_rejectlog)
            continue;
        if (line.file == Line::File::debug) {
            add_debug(line);
            continue;
        }
        const auto text = stamped(line);
        if (!parameters_.log_file_path.empty() && file_of(line).add(text) && line.file == Line::File::main) {
            totals_.count(line.text, line.when);
            has_new_totals_ = true;
        }
        if (!is_json(line.file) && (line.file != Line::File::reject || parameters_.syslog_duplication))
            add_to_system_logs(line, std::string_view(text).substr(0, text.size() - 1));
    }
    gathered_.clear();
    flush_system_logs();
    if (parameters_.log_file_path.empty())
        return;
    const std::int64_t seconds = clock_.seconds();
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm now{};
    ::localtime_r(&time, &now);
    keep_totals(now, seconds);
    for (auto* file : {&main_, &reject_, &panic_, &journal_, &records_})
        flush_file(*file, now, seconds);
    failed(debug_.flush(now, seconds));
}

void Writer::add_to_system_logs(const Line& line, std::string_view stamped)
{
    SystemLine out{.log = "main", .text = line.text, .stamped = stamped, .pid = line.pid, .when = line.when};
    if (line.file == Line::File::panic) {
        out.severity = Severity::alert;
        out.log = "panic";
    } else if (line.file == Line::File::reject) {
        out.severity = Severity::notice;
        out.log = "reject";
    }
    for (auto& system : system_)
        system.log->add(out);
}

// Each is told of once, until it has taken everything.
void Writer::flush_system_logs()
{
    for (auto& system : system_) {
        const auto done = system.log->flush();
        if (!done && !std::exchange(system.failing, true))
            complain(done.error().text);
        if (!system.log->has_pending())
            system.failing = false;
    }
}

void Writer::finish()
{
    constexpr int rounds = 30;
    constexpr std::chrono::milliseconds pause{100};
    flush();
    const auto is_behind = [](const System& system) { return system.log->has_pending(); };
    for (int round = 0; round < rounds && std::ranges::any_of(system_, is_behind); ++round) {
        std::this_thread::sleep_for(pause);
        flush_system_logs();
    }
    for (const auto& system : system_)
        if (system.log->has_pending())
            complain(std::to_string(system.log->pending()) + " lines were lost: " + system.log->path() + " did not take them");
}

// In front of the lines themselves: see totals_file.h. Where that cannot be written the lines go on.
void Writer::keep_totals(const std::tm& now, std::int64_t seconds)
{
    if (!totals_file_.is_open() || (!has_new_totals_ && !records_.has_pending()))
        return;
    std::vector<mainlog::Intent> intents;
    for (auto* file : {&main_, &records_})
        if (file->has_pending() && file->prepare(now, seconds))
            intents.push_back({.word = file == &main_ ? "main" : "json",
                               .inode = file->inode(),
                               .offset = file->size(),
                               .text = file->pending()});
    if (totals_file_.write(totals_.text(), intents))
        has_new_totals_ = false;
}

// control = debug: in files of their own, or nowhere.
void Writer::add_debug(const Line& line)
{
    if (parameters_.log_file_path.empty())
        return;
    auto bare = line;
    bare.text.clear();
    auto stamp = stamped(bare);
    stamp.pop_back();
    const std::time_t time = static_cast<std::time_t>(line.when / per_second);
    std::tm now{};
    ::localtime_r(&time, &now);
    if (const auto taken = debug_.take(line.text, stamp, now); !taken)
        panic_.add(stamp + taken.error().text + "\n");
}

void Writer::flush_file(LogFile& file, const std::tm& now, std::int64_t seconds)
{
    const auto done = file.flush(now, seconds);
    if (done) {
        if (file.has_pending() == false && &file == &main_)
            failing_ = false;
        return;
    }
    failed(done);
}

// Told once.
void Writer::failed(const Status& why)
{
    if (why || failing_)
        return;
    failing_ = true;
    complain(why.error().text);
}

}
