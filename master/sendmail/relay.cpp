#include "master/sendmail/relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "master/sendmail/control.h"
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
    const std::vector<std::string>& taken() const { return taken_; }

private:
    void end_line()
    {
        constexpr std::string_view mark = "OK id=";
        last_ = std::string(trim(line_));
        line_.clear();
        const auto at = last_.find(mark);
        if (last_.starts_with("250") && at != std::string::npos && taken_.size() < most_waited_for)
            taken_.push_back(last_.substr(at + mark.size()));
    }

    std::string line_, last_;
    std::vector<std::string> taken_;
};

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
    const auto octets = ipc::encode(call);
    std::string out(smtpd::program_magic);
    for (unsigned i = 0; i < 4; ++i)
        out += static_cast<char>((octets.size() >> (8 * i)) & 0xff);
    return out + octets;
}

// Until the suite hangs up. The end of our input is passed on, and what is still said is waited for.
Replies converse(int socket)
{
    Replies replies;
    std::array<pollfd, 2> ends = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    for (;;) {
        if (::poll(ends.data(), ends.size(), -1) < 0) {
            if (errno == EINTR)
                continue;
            return replies;
        }
        if (ends[1].revents && move_octets(socket, STDOUT_FILENO, &replies) != Moved::some)
            return replies;
        if (ends[0].revents && ends[0].fd >= 0 && move_octets(STDIN_FILENO, socket, nullptr) != Moved::some) {
            ::shutdown(socket, SHUT_WR);
            ends[0].fd = -1;
        }
    }
}

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
    const auto replies = converse(socket->get());
    if (options.when == WhenDelivered::foreground)
        for (const auto& id : replies.taken())
            wait_until_tried(instance, id);
    return replies.ended_by_quit() ? 0 : 1;
}

}
