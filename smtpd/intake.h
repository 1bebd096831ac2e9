// The way of one message's octets to cleanup, never to disk.
//
// A small message goes in one Submit frame. A larger one goes ahead in Parts, so that a client is read no
// faster than cleanup takes. The message id is made here.
#pragma once

#include <optional>
#include <string>

#include "cleanup/transfer/transfer.h"
#include "smtpd/reception.h"

namespace gp::smtpd {

class Intake {
public:
    explicit Intake(Reception& reception); // what is not submitted in the end is forgotten by cleanup

    const std::string& id() const { return transfer_.id(); }
    // Where the next octets are appended; advance() sends ahead what is enough for a Part. May suspend.
    std::string& buffer() { return buffer_; }
    void advance();
    // A first line "From …", of clients that cannot help it, is thrown away (ignore_fromline_hosts).
    void ignore_from_line() { looks_for_from_line_ = true; }
    void comes_by_chunks() { by_chunks_ = true; } // BDAT, for the log; it is not cut through
    void cut_over(ipc::Fd connection) { cut_ = std::move(connection); }
    void comes_in_groups(bool pipelined) // PIPELINING was offered, and used
    {
        may_pipeline_ = true;
        pipelined_ = pipelined;
    }
    void goes_to(std::shared_ptr<ipc::Channel> cleanup, std::uint64_t milter_session) // whose milters have heard of it
    {
        if (milter_session)
            transfer_.stay_with(std::move(cleanup));
        milter_session_ = milter_session;
    }
    // Nothing is kept, and nothing of it is needed any more.
    void give_up();
    // What follows is thrown away: the message is too large. What came counts for the log alone.
    void keep_no_more() { keeps_no_more_ = true; }
    void deliver_now() { deliver_now_ = true; } // cleanup::Submit
    void discarded_by(std::string_view acl) { discarded_by_ = acl; } // cleanup::Submit
    void asks_before_commit() { asks_before_commit_ = true; } // cleanup::StillThere

    std::uint64_t octets() const { return transfer_.sent() + buffer_.size() + dropped_; }
    // The same, as message_size_limit counts it: CR LF is one octet, so that octets() is at
    // most twice as much. Of what advance() has seen.
    std::uint64_t counted() const { return octets() - lines_; }
    bool ends_in_line() const { return !buffer_.ends_with('\n'); } // or has not begun
    bool lacks_blank_line() const; // the body begins with a line that is no header; cleanup puts an empty one before it
    bool saw_headers_end() const; // for the log of a client that went away

    // The end of the message. An error when nobody could say that it was taken.
    // `prdr`: the client wants a reply for each recipient.
    Result<cleanup::SubmitReply> submit(mail::Envelope envelope, router::PolicyState state,
                                        cleanup::LocalOptions local, bool prdr);
    // The same of a message that is refused by us: its headers for the reject log, as far as they came.
    cleanup::SubmitReply headers_of_refused(mail::Envelope envelope, router::PolicyState state, cleanup::LocalOptions local);

private:
    void drop_from_line(bool is_end);
    void drop_the_rest();
    void count_lines();
    void take_on();
    void fail(Error error);

    cleanup::Transfer transfer_;
    std::string buffer_;
    std::uint64_t dropped_ = 0;
    std::uint64_t lines_ = 0; // that advance() has seen …
    std::size_t seen_ = 0;    // … and how much of the buffer that is
    bool given_up_ = false;
    bool keeps_no_more_ = false;
    bool deliver_now_ = false;
    bool asks_before_commit_ = false;
    std::string discarded_by_;
    bool looks_for_from_line_ = false;
    bool by_chunks_ = false;
    bool may_pipeline_ = false, pipelined_ = false;
    std::uint64_t milter_session_ = 0;
    ipc::Fd cut_;
    std::optional<Error> failure_;
};

}
