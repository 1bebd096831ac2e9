#include "master/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "common/base/counters.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "master/farewell.h"

namespace gp::master {

using service::Control;
using service::ControlFrame;
using service::ProcessState;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr int cannot_execute = 127; // common/process/spawn.h
constexpr int most_frames = 64;      // of one child in one turn
constexpr unsigned most_counter_names = 48; // of one service: one that was taken over leaves room for the others
constexpr seconds to_exit{5};       // from closing its socket to the end of a process

Time now()
{
    return steady_clock::now();
}

std::string_view name_in(const ControlFrame& frame)
{
    return {frame.name, ::strnlen(frame.name, sizeof frame.name)};
}

service::StatusEntry entry_of(const Child& child)
{
    service::StatusEntry entry{};
    child.pool.copy(entry.pool, sizeof entry.pool - 1);
    child.program.copy(entry.program, sizeof entry.program - 1);
    entry.state = child.state;
    entry.pid = child.process.pid;
    entry.number = child.number;
    entry.generation = child.generation;
    entry.sessions = child.sessions;
    entry.walls = child.walls;
    entry.landlock = child.landlock;
    return entry;
}

}

Supervisor::Supervisor(Parts parts)
    : options_(std::move(parts.options)), directory_(std::move(parts.directory)),
      directories_(std::move(parts.directories)), setup_(std::move(parts.setup)), stderr_fd_(parts.stderr_fd),
      log_(parts.log), notify_(parts.notify), on_ready_(std::move(parts.on_ready)), host_(std::move(parts.host)), fleet_(directory_, host_.get())
{
    fleet_.on_log = [this](OwnedFd socket) { log_.connect(std::move(socket)); };
}

int Supervisor::run()
{
    if (auto begun = begin(); !begun) {
        log::alarm(begun.error().text);
        return EX_OSERR;
    }
    while (!stopping_ || !fleet_.empty())
        turn();
    directories_.remove_pid_files();
    return status_;
}

Status Supervisor::begin()
{
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGCHLD, SIGHUP, SIGTERM, SIGINT})
        sigaddset(&set, signal);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0)
        return system_error("sigprocmask");
    signals_ = OwnedFd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!signals_)
        return system_error("signalfd");
    board_.open(TRY(directories_.open_status(sizeof(service::StatusBoard))));
    if (notify_.interval())
        next_notify_ = now();
    for (const auto& row : setup_.image.services())
        add_places(row);
    watch_certificates();
    if (!options_.one_shot)
        TRY(guests_.listen(directories_.run().get()));
    return {};
}

void Supervisor::turn()
{
    start_due();
    advance_leaving();
    if (!stopping_ && watch_.has_changed(now())) {
        log::remark("files of certificates or keys have changed");
        begin_reload();
    }
    refresh_board();
    std::vector<pollfd> ready = {{signals_.get(), POLLIN, 0},
                                 {options_.one_shot.value_or(-1), POLLIN, 0},
                                 {reload_ ? reload_->fd() : -1, POLLIN, 0},
                                 {host_ ? host_->fd() : -1, POLLIN, 0}};
    const std::size_t first_guest = ready.size();
    guests_.add_to(ready);
    const std::size_t first = ready.size();
    std::vector<Child*> children;
    for (const auto& child : fleet_.children()) {
        children.push_back(child.get());
        const int events = child->has_waiting() ? POLLIN | POLLOUT : POLLIN;
        ready.push_back({child->socket.get(), static_cast<short>(events), 0});
    }
    if (::poll(ready.data(), ready.size(), next_timeout()) < 0 && errno != EINTR)
        panic("poll of the children");
    for (std::size_t i = 0; i < children.size(); ++i) {
        if (ready[first + i].revents & POLLOUT)
            children[i]->flush();
        if (ready[first + i].revents & (POLLIN | POLLHUP))
            hear(*children[i]);
    }
    if (reload_ && (ready[2].revents || now() >= reload_->deadline()))
        finish_reload();
    guests_.attend(&ready[first_guest]);
    if (ready[3].revents && !stopping_) {
        log::warning("the suite whose spool we share has ended");
        begin_stop();
    }
    if (ready[1].revents) { // the command that we served has ended
        options_.one_shot.reset();
        begin_stop();
    }
    if (ready[0].revents)
        handle_signals();
    check_deadlines();
}

int Supervisor::next_timeout() const
{
    auto next = now() + seconds{service::watchdog_interval};
    next = std::min({next, next_notify_, watch_.next()});
    if (reload_)
        next = std::min(next, reload_->deadline());
    for (const auto& place : places_)
        if (!place->child)
            next = std::min(next, place->next_start);
    for (const auto& child : fleet_.children())
        next = std::min(next, child->kill_at);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(wait.count(), 0));
}

// --- single processes ---

void Supervisor::add_places(const service::ImageService& row)
{
    if (host_ && host_->has(service::text_of(row.program)))
        return;
    for (std::uint32_t i = 0; i < row.processes; ++i) {
        auto place = std::make_unique<Place>();
        place->row = row;
        place->generation = setup_.generation;
        places_.push_back(std::move(place));
    }
}

void Supervisor::start_due()
{
    for (const auto& place : places_)
        if (!stopping_ && !place->child && place->next_start <= now())
            start(*place);
}

void Supervisor::start(Place& place)
{
    auto child = fleet_.start(setup_, place.row, stderr_fd_);
    if (child)
        place.child = *child;
    else
        restart_later(place, "cannot be started: " + child.error().text);
}

void Supervisor::reap()
{
    std::vector<Child*> all;
    for (const auto& child : fleet_.children())
        all.push_back(child.get());
    for (Child* child : all) {
        int status = 0;
        if (::waitpid(child->process.pid, &status, WNOHANG) == child->process.pid)
            ended(*child, process::exit_of(status));
    }
}

void Supervisor::ended(Child& child, const process::Exit& exit)
{
    if (child.socket) // its last words
        hear(child);
    const std::string what = "(pid " + std::to_string(child.process.pid) + ") " + process::describe(exit);
    const auto found = std::ranges::find_if(places_, [&](const auto& one) { return one->child == &child; });
    Place* place = found == places_.end() ? nullptr : found->get();
    if (child.is_leaving() ? !exit.good() : !place)
        log::warning(child.name() + " " + what + (child.is_leaving() ? " while it was leaving" : ""));
    if (place && !stopping_) {
        restart_later(*place, what);
        const bool is_hopeless = exit.number == EX_CONFIG || exit.number == cannot_execute;
        if (!was_ready_ && !place->has_served && (is_hopeless || place->restarts >= most_early_deaths))
            fail_start(child.name() + " " + what, exit.number == EX_CONFIG ? EX_CONFIG : EX_UNAVAILABLE);
    }
    if (place)
        place->child = nullptr;
    if (child.stays)
        guests_.dismiss(false); // they may have talked with it
    fleet_.remove(child);
}

void Supervisor::restart_later(Place& place, const std::string& what)
{
    const auto& header = setup_.image.header();
    const auto wait = place.pace.after_exit(place.child ? place.child->started : now(), now(),
                                            {.first = seconds{header.restart_wait},
                                             .longest = seconds{header.restart_longest},
                                             .healthy = seconds{header.restart_healthy}});
    place.next_start = now() + wait;
    ++place.restarts;
    const std::string name =
        place.child ? place.child->name() : std::string(service::text_of(place.row.name));
    log::alarm(name + " " + what + ", started again " +
               (wait.count() == 0 ? "at once" : "in " + std::to_string(wait.count()) + " s"));
}

void Supervisor::fail_start(const std::string& why, int status)
{
    if (stopping_)
        return;
    log::alarm("start failed: " + why);
    status_ = status;
    begin_stop();
}

void Supervisor::check_deadlines()
{
    for (const auto& child : fleet_.children()) {
        const bool is_starting = child->state == ProcessState::starting;
        const auto patience = is_starting ? start_patience : seconds{service::watchdog_patience};
        const bool is_silent = !child->is_leaving() && now() - child->last_heard > patience;
        if (!is_silent && now() < child->kill_at)
            continue;
        log::alarm(child->name() +
                   (is_silent ? " shows no sign of life; killed" : " did not end in time; killed"));
        process::signal_child(child->process, SIGKILL).take();
        child->kill_at = Time::max();
        child->last_heard = now();
    }
    if (now() >= next_notify_) {
        notify_.alive();
        next_notify_ = now() + *notify_.interval();
    }
}

// --- what children say ---

// What is left is there at the next turn: one child that never stops talking does not keep us from the others.
void Supervisor::hear(Child& child)
{
    for (int frames = 0; frames < most_frames; ++frames) {
        auto frame = child.hear();
        if (frame && !*frame)
            return;
        if (frame) {
            obey(child, **frame);
            continue;
        }
        // One that ends is seen by SIGCHLD; one that lives on without its socket must not.
        const bool is_ending = frame.error().cause == Cause::closed;
        if (!is_ending)
            log::alarm(child.name() + " " + frame.error().text);
        child.kill_at = std::min(child.kill_at, is_ending ? now() + to_exit : now());
        child.socket.reset();
        return;
    }
}

void Supervisor::obey(Child& child, const ControlFrame& frame)
{
    child.last_heard = now();
    switch (frame.type) {
    case Control::ready:
        child.walls = frame.value;
        child.landlock = frame.flags;
        if (child.state == ProcessState::starting)
            child.state = ProcessState::serving;
        if (was_ready_)
            child.tell(control_frame(Control::open));
        return note_ready();
    case Control::alive:
        child.sessions = frame.value;
        return;
    case Control::count:
        if (const auto words = name_in(frame); Counters::is_name(words)) {
            auto& names = counter_names_[child.pool];
            names += board_.count(words, frame.value, names < most_counter_names);
            return;
        }
        break;
    default:
        break;
    }
    log::alarm(child.name() + " sent a control frame that is not for it to send; killed");
    process::signal_child(child.process, SIGKILL).take();
}

void Supervisor::announce()
{
    const auto line = service::text_of(setup_.image.header().announcement);
    const auto lines = split(line, '\n');
    if (lines.size() == 3) // a warning comes first
        log::main_in_two_lines(lines[0], lines[1]);
    if (!line.empty())
        log::main(replace_all(std::string(lines.back()), "$pid", std::to_string(::getpid())));
}

void Supervisor::note_ready()
{
    bool all = true;
    for (const auto& place : places_) {
        const bool serves = place->child && place->child->state == ProcessState::serving;
        place->has_served = place->has_served || serves;
        all = all && place->has_served;
    }
    if (!all || stopping_)
        return;
    if (!was_ready_) {
        was_ready_ = true;
        notify_.ready();
        announce();
        for (const auto& child : fleet_.children()) // behind the line that says so
            if (child->state == ProcessState::serving)
                child->tell(control_frame(Control::open));
        on_ready_();
        if (!options_.foreground)
            log_.stop_stderr();
    }
    if (older_must_go_) {
        older_must_go_ = false;
        fleet_.withdraw_older_than(setup_.generation);
        for (const auto& child : fleet_.children())
            if (!child->stays && child->generation < setup_.generation)
                child->must_leave = true;
        notify_.ready();
        log::remark("reload complete");
    }
}

// --- reload and stop ---

void Supervisor::begin_reload()
{
    if (stopping_ || !was_ready_)
        return;
    if (reload_) {
        reload_again_ = true;
        return;
    }
    notify_.reloading();
    reload_began_ = std::time(nullptr);
    auto run = ConfigRun::start(options_, directory_);
    if (run)
        reload_ = std::move(run).take();
    else
        refuse_reload(run.error().text);
}

void Supervisor::refuse_reload(const std::string& why)
{
    log::alarm("reload refused, the old configuration stays: " + why);
    board_.note_refusal();
    notify_.ready();
}

void Supervisor::finish_reload()
{
    auto outcome = reload_->finish();
    reload_.reset();
    auto done = outcome.image ? adopt(std::move(*outcome.image)) : Status{misconfigured(outcome.why)};
    if (!done)
        refuse_reload(done.error().text);
    if (std::exchange(reload_again_, false))
        begin_reload();
}

void Supervisor::watch_certificates(std::time_t read_from)
{
    watch_ = {};
    for (const auto& row : setup_.image.blocks())
        if (service::text_of(row.name) == "watched")
            watch_ = FileWatch{setup_.image.octets(row), read_from};
}

Status Supervisor::adopt(service::Image image)
{
    if (service::text_of(image.header().spool_directory) != directories_.path())
        return misconfigured("spool_directory changed; that needs a stop and a start");
    std::vector<OwnedFd> none_passed;
    auto listeners = TRY(open_listeners(image, directories_.run().get(), setup_.listeners, none_passed));
    setup_ = TRY(Setup::make(setup_.generation + 1, std::move(image), std::move(listeners)));
    watch_certificates(reload_began_);
    auto before = std::move(places_);
    places_.clear();
    for (const auto& row : setup_.image.services()) {
        const bool stays = (row.flags & service::stays_over_reload) != 0;
        std::uint32_t kept = 0;
        for (auto& place : before) {
            if (!stays || kept == row.processes || !place ||
                service::text_of(place->row.name) != service::text_of(row.name))
                continue;
            place->row = row;
            place->generation = setup_.generation;
            if (place->child) {
                place->child->generation = setup_.generation;
                place->child->tell(control_frame(Control::reload));
                setup_.introduce(*place->child, false);
            }
            places_.push_back(std::move(place));
            ++kept;
        }
        auto more = row;
        more.processes -= kept;
        add_places(more);
    }
    for (const auto& place : before)
        if (place && place->child && place->child->stays)
            place->child->must_leave = true; // its service is no longer configured
    older_must_go_ = true;
    return {};
}

void Supervisor::advance_leaving()
{
    const auto is_first = [&](const Child& child) {
        return std::ranges::none_of(fleet_.children(), [&](const auto& other) {
            const bool counts = stopping_ || (other->must_leave && other->generation == child.generation);
            return counts && farewell_rank(other->program) < farewell_rank(child.program);
        });
    };
    const seconds limit{setup_.image.header().stop_deadline};
    for (const auto& child : fleet_.children()) {
        if (stopping_ && child->state != ProcessState::stopping && is_first(*child)) {
            // Those who talk with clients get half of the time, the rest of the suite what is left.
            const auto end = stop_started_ + (farewell_rank(child->program) == 0 ? limit / 2 : limit);
            const auto left = std::chrono::ceil<seconds>(end - now());
            send_away(*child, Control::stop, std::max(left, seconds{1}));
        } else if (!stopping_ && child->must_leave && !child->is_leaving() && is_first(*child)) {
            const bool is_ancient = child->generation + most_generations <= setup_.generation;
            send_away(*child, Control::retire, is_ancient ? limit : seconds{retire_patience});
        }
    }
}

void Supervisor::send_away(Child& child, Control how, seconds limit)
{
    child.state = how == Control::stop ? ProcessState::stopping : ProcessState::retiring;
    child.kill_at = now() + limit + seconds{1};
    child.tell(control_frame(how, {}, static_cast<std::uint32_t>(limit.count())));
}

void Supervisor::begin_stop()
{
    if (stopping_) { // told twice: at once
        for (const auto& child : fleet_.children())
            process::signal_child(child->process, SIGKILL).take();
        return;
    }
    stopping_ = true;
    stop_started_ = now();
    guests_.dismiss(true);
    notify_.stopping();
    setup_.listeners.clear();
    reload_.reset();
}

void Supervisor::handle_signals()
{
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGCHLD:
            reap();
            break;
        case SIGHUP:
            begin_reload();
            break;
        default:
            begin_stop();
        }
    }
}

void Supervisor::refresh_board()
{
    const auto wall_now = std::time(nullptr);
    const auto wall_time = [&](Time when) {
        return wall_now + std::chrono::duration_cast<seconds>(when - now()).count();
    };
    std::vector<service::StatusEntry> entries;
    for (const auto& child : fleet_.children()) {
        auto& entry = entries.emplace_back(entry_of(*child));
        entry.since = wall_time(child->started);
        for (const auto& place : places_)
            if (place->child == child.get())
                entry.restarts = place->restarts;
    }
    for (const auto& place : places_) {
        if (place->child)
            continue;
        auto& entry = entries.emplace_back();
        service::text_of(place->row.name).copy(entry.pool, sizeof entry.pool - 1);
        service::text_of(place->row.program).copy(entry.program, sizeof entry.program - 1);
        entry.state = ProcessState::waiting;
        entry.generation = place->generation;
        entry.restarts = place->restarts;
        entry.since = wall_time(std::max(place->next_start, now()));
    }
    board_.publish(entries, setup_.generation, was_ready_);
}

}
