#include "master/sendmail/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <optional>

#include "common/base/number.h"
#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/event/stream.h"
#include "common/ipc/codec.h"
#include "master/sendmail/control.h"
#include "master/sendmail/paced_input.h"
#include "master/sendmail/spectator.h"
#include "smtpd/protocol.h"

namespace gp::sendmail {
namespace {

enum class Moved { some, end, error };

constexpr std::size_t most_waited_for = 1000; // messages of one -odi conversation
constexpr std::size_t most_of_a_line = 512;   // that is looked at

// What the suite said: how it ended, and which messages it took.
class Replies {
public:
    void see(std::string_view octets)
    {
        for (char c : octets) {
            if (c == '\n')
                end_line();
            else if (line_.size() < most_of_a_line)
                line_ += c;
        }
    }
    bool ended_by_quit() const { return last_.starts_with("221"); }
    // Closed from the other side by what an ACL has dropped before a message's text, or after unknown commands: to whoever
    // called that is no failure of the program, as in Exim. Its bounds on errors are one.
    bool was_shown_out() const
    {
        const bool is_bound = last_.find("Too many syntax or protocol errors") != std::string::npos || last_.find("Too many nonmail") != std::string::npos;
        return (last_.starts_with('4') || last_.starts_with('5')) && !last_.starts_with("421") && !is_bound && before_ != 354;
    }
    // Codes of the replies, and messages, since it was asked the last time.
    std::vector<unsigned> take_codes() { return std::exchange(codes_, {}); }
    std::vector<std::string> take_new() { return {taken_.begin() + static_cast<std::ptrdiff_t>(std::exchange(told_, taken_.size())), taken_.end()}; }
    bool never_greeted() const { return !is_greeted_; } // refused as it came: that was said, and nothing failed
    const std::vector<std::string>& taken() const { return taken_; }

private:
    void end_line()
    {
        constexpr std::string_view mark = "OK id=";
        last_ = std::string(trim(line_));
        line_.clear();
        is_greeted_ |= last_.starts_with("2");
        if (const auto code = parse_unsigned(std::string_view(last_).substr(0, 3)); code && (last_.size() == 3 || last_[3] == ' ')) {
            codes_.push_back(static_cast<unsigned>(*code));
            before_ = std::exchange(code_, static_cast<unsigned>(*code));
        }
        const auto at = last_.find(mark);
        if (last_.starts_with("250") && at != std::string::npos && taken_.size() < most_waited_for)
            taken_.push_back(last_.substr(at + mark.size()));
    }

    std::string line_, last_;
    bool is_greeted_ = false;
    unsigned code_ = 0, before_ = 0; // of the last reply, and of the one before it
    std::vector<std::string> taken_;
    std::size_t told_ = 0; // of these
    std::vector<unsigned> codes_;
};

// -odi: what follows a message waits until it has been tried, as when one process does it all.
struct Pace {
    PacedInput input;
    std::function<void(const std::string& id)> wait;
};

Moved read_octets(int from, PacedInput& input)
{
    std::array<char, 32 * 1024> buffer;
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0)
        return errno == EINTR ? Moved::some : Moved::error;
    if (got == 0)
        input.end();
    else
        input.take({buffer.data(), static_cast<std::size_t>(got)});
    return Moved::some;
}

Moved move_octets(int from, int to, Replies* replies)
{
    std::array<char, 32 * 1024> buffer;
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0)
        return errno == EINTR ? Moved::some : Moved::error;
    if (got == 0)
        return Moved::end;
    const std::string_view octets(buffer.data(), static_cast<std::size_t>(got));
    if (replies)
        replies->see(octets);
    return write_all(to, octets, "the other side") ? Moved::some : Moved::error;
}

std::string preface(const Options& options)
{
    smtpd::ProgramCall call;
    static_cast<mail::Claims&>(call) = options.letter;
    call.queue_only = options.letter.queue_only;
    call.queue_smtp_only = options.letter.queue_smtp_only;
    call.deliver_now = options.when == WhenDelivered::background || options.when == WhenDelivered::foreground;
    call.waits_for_delivery = options.when == WhenDelivered::foreground;
    call.dont_deliver = options.letter.dont_deliver;
    call.no_fixups = options.letter.no_fixups;
    call.no_qualifying = options.letter.no_qualifying;
    call.receive_timeout = options.smtp_receive_timeout ? std::int64_t{*options.smtp_receive_timeout} : -1;
    const auto octets = ipc::encode(call);
    std::string out(smtpd::program_magic);
    for (unsigned i = 0; i < 4; ++i)
        out += static_cast<char>((octets.size() >> (8 * i)) & 0xff);
    return out + octets;
}

// What was said lets more of the input go. False: the suite is gone.
bool keep_pace(int socket, Replies& replies, Pace& pace)
{
    for (const auto& id : replies.take_new())
        pace.wait(id);
    for (const auto code : replies.take_codes())
        pace.input.answered(code);
    for (auto octets = pace.input.next(); !octets.empty(); octets = pace.input.next())
        if (!write_all(socket, octets, "the suite"))
            return false;
    return true;
}

using Ends = std::array<pollfd, 2>; // of our input, and of the suite

// Until one of them has something; false when that cannot be told.
bool wait_for(Ends& ends)
{
    while (::poll(ends.data(), ends.size(), -1) < 0)
        if (errno != EINTR)
            return false;
    return true;
}

// Until the suite hangs up. The end of our input is passed on, and what is still said is waited for.
Replies converse_in_step(int socket, Pace& pace)
{
    Replies replies;
    Ends ends = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    bool is_ended = false;
    for (;;) {
        ends[0].fd = pace.input.wants_more() ? STDIN_FILENO : -1;
        if (!wait_for(ends))
            return replies;
        if (ends[1].revents && move_octets(socket, STDOUT_FILENO, &replies) != Moved::some)
            return replies;
        if (ends[0].revents && ends[0].fd >= 0 && read_octets(STDIN_FILENO, pace.input) != Moved::some)
            pace.input.end();
        if (!keep_pace(socket, replies, pace) || (pace.input.is_over() && !is_ended)) {
            ::shutdown(socket, SHUT_WR);
            is_ended = true;
        }
    }
}

// The same of one whose messages are delivered when they may.
Replies converse(int socket)
{
    Replies replies;
    Ends ends = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    for (;;) {
        if (!wait_for(ends))
            return replies;
        if (ends[1].revents && move_octets(socket, STDOUT_FILENO, &replies) != Moved::some)
            return replies;
        if (ends[0].revents && ends[0].fd >= 0 && move_octets(STDIN_FILENO, socket, nullptr) != Moved::some) {
            ::shutdown(socket, SHUT_WR);
            ends[0].fd = -1;
        }
    }
}

// A message id on each line, as the conversation brings them.
void watch(const Instance& instance, OwnedFd ids, OwnedFd ready)
{
    const Spectator spectator{instance};
    ready.reset(); // whoever waits for the end of it may talk now
    event::FdStream lines{std::move(ids)};
    std::array<char, 4096> buffer;
    std::string all;
    for (;;) {
        const auto got = lines.read(buffer, event::Deadline::never()); // the conversation has its own bounds
        if (!got || *got == 0)
            break;
        all.append(buffer.data(), *got);
    }
    for (const auto id : split(trim(all), '\n'))
        if (!id.empty())
            spectator.wait_for(std::string(id));
}

// -v: a child watches what the log says while we relay; it goes on until the messages have been tried.
class Watcher {
public:
    explicit Watcher(const Instance& instance)
    {
        int ends[2], ready[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return;
        OwnedFd reading{ends[0]};
        writing_.reset(ends[1]);
        if (::pipe2(ready, O_CLOEXEC) != 0) {
            writing_.reset();
            return;
        }
        OwnedFd begun{ready[0]}, begins{ready[1]};
        child_ = ::fork();
        if (child_ != 0) {
            begins.reset();
            char nothing = 0;
            (void)read_exactly(begun.get(), &nothing, 1); // a message may be delivered before it is watched, else
            return;
        }
        writing_.reset();
        event::Loop loop;
        if (loop.spawn("watch", [&] { watch(instance, std::move(reading), std::move(begins)); }))
            loop.run_until_idle();
        std::fflush(stderr);
        ::_exit(0);
    }
    ~Watcher()
    {
        writing_.reset();
        while (child_ > 0 && ::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    void wait_for(const std::string& id) const
    {
        if (const auto told = write_all(writing_.get(), id + "\n", "tell the watcher"); !told)
            std::fprintf(stderr, "sendmail: %s\n", escape(told.error().text).c_str());
    }

private:
    OwnedFd writing_;
    pid_t child_ = -1;
};
}

int relay_smtp(const Options& options, const Instance& instance)
{
    auto socket = connect_to(instance.run("smtp"));
    if (!socket || !write_all(socket->get(), preface(options), "smtpd")) {
        std::printf("421 %s\r\n", "service not available, closing transmission channel");
        std::fprintf(stderr, "sendmail: %s\n",
                     socket ? "the suite hung up" : escape(socket.error().text, true).c_str());
        return EX_TEMPFAIL;
    }
    std::optional<Watcher> watcher;
    if (options.verbose)
        watcher.emplace(instance);
    const bool in_step = options.when == WhenDelivered::foreground;
    // What is queued for another reason than queue_only stays so: nothing overrides that.
    Pace pace{.input = {}, .wait = [&](const std::string& id) { wait_until_tried(instance, id, WhenDelivered::waited_for); }};
    const auto replies = in_step ? converse_in_step(socket->get(), pace) : converse(socket->get());
    const bool is_queued = options.letter.queue_only || options.letter.queue_smtp_only;
    for (const auto& id : replies.taken()) {
        if (watcher && !is_queued)
            watcher->wait_for(id);
        else if (options.when == WhenDelivered::waited_for)
            wait_until_tried(instance, id, options.when);
        else if (options.when == WhenDelivered::background)
            begin_delivery(instance, id);
    }
    const bool was_not_allowed = replies.never_greeted() && !options.letter.message_reference.empty(); // -oMm, where it is not for the caller
    return (replies.ended_by_quit() || replies.was_shown_out() || replies.never_greeted()) && !was_not_allowed ? 0 : 1;
}

}
