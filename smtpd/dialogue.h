// The two directions of an SMTP dialogue: lines from the client, replies to it.
//
// Replies gather and leave in one write when the next input must be waited for (RFC 2920 section 3.2), so
// that a pipelined group costs one write. While the client is silent neither direction holds a buffer.
#pragma once

#include <chrono>
#include <string>

#include "common/event/line_reader.h"
#include "common/smtp/reply.h"

namespace gp::smtpd {

class Dialogue {
public:
    Dialogue(event::Stream& stream, Duration send_timeout);

    void say(const smtp::Reply& reply); // kept until it must go; see flush()
    void remark(std::string_view text) { outbox_.add(text); } // of a test session: no reply, as it is
    Status flush();
    // Of a pipelined group of commands that takes long: a client waits for its answers no more than minutes each.
    Status flush_what_waits_long() { return outbox_.is_due() ? flush() : Status{}; }
    // RFC 2034: from EHLO on, where it was offered.
    void use_enhanced_codes(bool use) { with_enhanced_ = use; }

    Result<event::Line> read_line(std::size_t limit, event::Deadline until);
    Result<std::string_view> read_some(std::size_t most, event::Deadline until);
    void unread(std::size_t count) { reader_.unread(count); }

    // What the client has said already though it is our turn: up to 150 octets, empty when it waits as it
    // should. Takes nothing.
    std::string said_too_early();
    // The client has closed the connection, and nothing that it said is left. Takes nothing, and does not wait.
    bool is_over();

    // At a switch to TLS: nothing said in clear may be left, RFC 3207 section 4.2.
    void switch_to(event::Stream& stream);
    bool has_buffered() const { return reader_.has_buffered(); }
    void finish(); // flushes, and sends the end of the stream

private:
    // The client's stream, which sends what is pending before it waits for input.
    class Outbox final : public event::Stream {
    public:
        Outbox(event::Stream& below, Duration timeout) : below_(&below), timeout_(timeout) {}
        Status flush();
        void add(std::string_view text);
        bool is_due() const;
        void switch_to(event::Stream& below) { below_ = &below; }

        Result<std::size_t> read(std::span<char> into, event::Deadline until) override;
        Status wait_readable(event::Deadline until) override;
        Status write(std::string_view bytes, event::Deadline until) override;
        bool has_input() override { return below_->has_input(); }
        void finish() override { below_->finish(); }
        void abort() override { below_->abort(); }
        int fd() const override { return below_->fd(); }

    private:
        event::Stream* below_;
        Duration timeout_;
        std::string pending_;
        std::chrono::steady_clock::time_point since_; // of what is pending
    };

    Outbox outbox_;
    event::LineReader reader_;
    bool with_enhanced_ = false;
};

}
