// lmtp: to a Unix socket or a command that speaks LMTP (manual chapter 28; RFC 2033).

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "common/smtp/reply.h"
#include "delivery/local/command.h"
#include "delivery/local/copy.h"
#include "delivery/local/message_filter.h"
#include "delivery/local/transport.h"

namespace gp::local {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr int most_reply_lines = 100;
constexpr Duration longest_goodbye{5000}; // the message is delivered by then

// The dialogue, blocking, with a deadline for each wait.
class Dialogue {
public:
    Dialogue(OwnedFd socket, Duration timeout) : socket_(std::move(socket)), timeout_(timeout) {}

    Status say(std::string_view line)
    {
        last_said_ = line == "." ? "end of data" : line;
        return send(std::string(line) + "\r\n");
    }
    Status send(std::string_view octets)
    {
        while (!octets.empty()) {
            TRY(wait(POLLOUT));
            const auto sent = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
            if (sent < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (sent < 0)
                return system_error("LMTP connection");
            octets.remove_prefix(static_cast<std::size_t>(sent));
        }
        return {};
    }
    Result<smtp::Reply> hear()
    {
        smtp::ReplyReader reader;
        for (int lines = 0; lines < most_reply_lines; ++lines) {
            const auto line = TRY(read_line());
            if (auto reply = TRY(reader.add(line)))
                return *reply;
        }
        return temporary("LMTP reply has too many lines");
    }
    void close() { socket_.reset(); }
    const std::string& last_said() const { return last_said_; }
    void hurry(Duration most) { timeout_ = std::min(timeout_, most); }

private:
    Status wait(short what)
    {
        pollfd ready{socket_.get(), what, 0};
        for (;;) {
            const int got = ::poll(&ready, 1, static_cast<int>(timeout_.count()));
            if (got > 0)
                return {};
            if (got == 0)
                return temporary("LMTP timeout after " + escape(last_said_), Cause::timeout);
            if (errno != EINTR)
                return system_error("poll");
        }
    }
    Result<std::string> read_line()
    {
        for (;;) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                if (line.ends_with('\r'))
                    line.pop_back();
                return line;
            }
            if (buffer_.size() > longest_line)
                return temporary("LMTP reply line is too long");
            TRY(wait(POLLIN));
            char more[2048];
            const auto got = ::recv(socket_.get(), more, sizeof more, 0);
            if (got < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (got <= 0)
                return temporary("LMTP connection closed after " + escape(last_said_), Cause::closed);
            buffer_.append(more, static_cast<std::size_t>(got));
        }
    }

    OwnedFd socket_;
    Duration timeout_;
    std::string buffer_;
    std::string last_said_ = "initial connection";
};

Result<OwnedFd> connect_to(const std::string& path, Duration timeout)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return temporary("socket " + path + " has too long a name");
    std::memcpy(address.sun_path, path.data(), path.size());
    OwnedFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    // The bound of connect, too, to a server whose queue is full.
    const timeval patience{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return system_error("failed to connect to socket " + path);
    return socket;
}

delivery::Outcome refused(const Dialogue& dialogue, const smtp::Reply& reply)
{
    const std::string text = "LMTP error after " + escape(dialogue.last_said()) + ": " + escape(reply.one_line());
    auto outcome = reply.code / 100 == 5 ? failed(text) : deferred(text);
    outcome.enhanced = reply.enhanced;
    outcome.smtp_code = static_cast<std::uint32_t>(reply.code);
    struct Word {
        std::string_view said, name;
        std::int32_t number;
    };
    constexpr Word words[] = { // Exim's, for a retry rule to name
        {"MAIL", "mail_4xx", -45}, {"RCPT", "rcpt_4xx", -44}, {"DATA", "data_4xx", -46}, {"end of data", "data_4xx", -46}};
    for (const auto& word : words)
        if (outcome.fate == delivery::Fate::deferred && dialogue.last_said().starts_with(word.said)) {
            outcome.error_name = word.name;
            outcome.error_number = word.number;
        }
    return outcome;
}

class Delivery {
public:
    Delivery(const Job& job, Dialogue& dialogue) : job_(job), dialogue_(dialogue), outcomes_(job.request.targets.size()) {}

    // One outcome for each target; an error is the same for those that have none.
    Status run()
    {
        if (breaks_command(job_.request.sender))
            return permanent("the sender address has a line end or a NUL in it and cannot be sent by LMTP");
        TRY(expect(2));
        TRY(dialogue_.say("LHLO " + job_.parameters.primary_hostname));
        const auto greeting = TRY(expect(2));
        const bool quota = TRY(job_.options.flag("ignore_quota", false)) && greeting.text.find("IGNOREQUOTA") != std::string::npos;
        TRY(dialogue_.say("MAIL FROM:<" + job_.request.sender + ">"));
        TRY(expect(2));
        bool any = false;
        for (std::size_t i = 0; i < outcomes_.size(); ++i) {
            if (breaks_command(job_.request.targets[i].address)) {
                outcomes_[i] = failed("the address has a line end or a NUL in it and cannot be sent by LMTP");
                continue;
            }
            TRY(dialogue_.say("RCPT TO:<" + job_.request.targets[i].address + ">" + (quota ? " IGNOREQUOTA" : "")));
            const auto reply = TRY(dialogue_.hear());
            if (reply.code / 100 == 2)
                any = true;
            else
                outcomes_[i] = refused(dialogue_, reply);
        }
        if (!any) {
            leave();
            return {};
        }
        TRY(dialogue_.say("DATA"));
        TRY(expect(3));
        std::unique_ptr<FilteredJob> filtered;
        if (has_message_filter(job_))
            filtered = TRY(FilteredJob::make(job_));
        const Job& message = filtered ? filtered->job() : job_;
        auto rules = TRY(copy_rules(message));
        rules.prefix.clear();
        rules.suffix.clear();
        rules.crlf = rules.dots = true;
        TRY(write_copy(message, rules, [&](std::string_view octets) { return dialogue_.send(octets); }));
        TRY(dialogue_.say("."));
        // RFC 2033 section 4.2: a reply for each recipient that was accepted.
        for (auto& outcome : outcomes_) {
            if (outcome)
                continue;
            const auto reply = TRY(dialogue_.hear());
            outcome = reply.code / 100 == 2 ? delivered(escape(reply.one_line())) : refused(dialogue_, reply);
        }
        leave();
        return {};
    }

    delivery::DeliverReply reply(const delivery::Outcome& others) const
    {
        delivery::DeliverReply reply;
        for (std::uint32_t i = 0; i < outcomes_.size(); ++i) {
            reply.outcomes.push_back(outcomes_[i].value_or(refusal_.value_or(others)));
            reply.outcomes.back().target = i;
        }
        return reply;
    }

private:
    // A server that does not say goodbye has the message all the same.
    void leave()
    {
        dialogue_.hurry(longest_goodbye);
        if (dialogue_.say("QUIT"))
            static_cast<void>(dialogue_.hear());
    }
    Result<smtp::Reply> expect(unsigned kind)
    {
        auto reply = TRY(dialogue_.hear());
        if (reply.code / 100 == kind)
            return reply;
        refusal_ = refused(dialogue_, reply);
        static_cast<void>(dialogue_.say("QUIT"));
        return refusal_->fate == delivery::Fate::failed ? permanent(refusal_->text) : temporary(refusal_->text);
    }

    const Job& job_;
    Dialogue& dialogue_;
    std::vector<std::optional<delivery::Outcome>> outcomes_;
    std::optional<delivery::Outcome> refusal_; // of all that have no outcome
};

Result<delivery::DeliverReply> run(const Job& job)
{
    const auto timeout = TRY(job.options.time("timeout", Duration{300'000}));
    const auto path = job.options.text("socket");
    Talking talking;
    if (path.empty())
        talking = TRY(start_talking(TRY(command_of(job)), environment_of(job)));
    else
        talking.socket = TRY(connect_to(path, timeout));
    Dialogue dialogue{std::move(talking.socket), timeout};
    Delivery delivery{job, dialogue};
    const auto done = delivery.run();
    dialogue.close(); // who reads on sees the end
    if (talking.pid > 0)
        end_talking(talking.pid, done ? longest_goodbye : Duration{0});
    return delivery.reply(done ? deferred("no reply") : outcome_of(done.error()));
}

const RegisterTransport self{{
    .name = "lmtp",
    .places = [](const Job&) -> Result<std::vector<std::string>> { return std::vector<std::string>{}; },
    .deliver = [](const Job& job) -> delivery::DeliverReply {
        auto reply = run(job);
        return reply ? std::move(reply).take() : report(job, outcome_of(reply.error()));
    },
    .executes = true,
    .connects = true,
    .filters_itself = true,
    .doc = "Speaks LMTP with a Unix socket or a command.",
}};

}
}
