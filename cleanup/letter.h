// A message while it arrives: its headers in memory, its body in memory while it is small and with
// spoold once it is large.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cleanup/parameters.h"
#include "cleanup/protocol.h"
#include "common/base/result.h"
#include "common/ipc/channel.h"
#include "common/ipc/link.h"
#include "common/mail/header_list.h"

namespace gp::cleanup {

class Letter {
public:
    Letter(std::string id, const Parameters& parameters, ipc::Link& spoold);
    ~Letter(); // forgets at spoold what was not committed

    // The next octets. Suspends while a large body goes to spoold. An error is permanent (headers that are too
    // long: trouble() has it) or temporary.
    Status add(std::string_view octets);
    const HeadTrouble& trouble() const { return trouble_; }
    // No more octets come: the headers are there and what is left of a large body is with spoold.
    Status finish();

    bool is_busy() const { return is_busy_; }        // add() or finish() waits for spoold
    std::uint64_t octets() const { return octets_; } // taken so far
    std::uint64_t counted() const; // the same of a finished letter, for limits: a line end is one octet
    mail::HeaderList take_headers() { return std::move(headers_); }
    const std::string& header_text() const { return head_; } // as received, for the reject log
    std::uint64_t body_size() const { return large_sent_ + body_.size(); }
    std::uint32_t body_lines() const { return body_lines_; }
    std::uint32_t longest_line() const { return longest_line_; } // without its end
    bool is_large() const { return large_sent_ > 0; }
    std::string take_body() { return std::move(body_); } // of a small message
    const std::string& body() const { return body_; }
    // Of a finished letter, large or small. Suspends while a large one goes to spoold.
    Status replace_body(std::string octets);
    // A large body, for those who look into it. Suspends.
    Result<ipc::Fd> file();
    const std::string& body_start() const { return body_start_; }
    const std::string& body_end() const { return body_end_; }
    // The process of spoold that has the large body: the commit must go to the same one.
    std::shared_ptr<ipc::Channel> keeper() const { return keeper_; }
    void committed() { kept_ = true; }

private:
    Status read_headers(bool last);
    void add_body(std::string_view octets);
    void measure_lines(std::string_view octets);
    Status send_large(std::string_view octets);

    class Busy;

    const std::string id_;
    const Parameters& parameters_;
    bool is_busy_ = false;
    ipc::Link& spoold_;
    std::uint64_t octets_ = 0;
    std::string head_;             // until the headers are complete; then the header block as received
    bool has_headers_ = false;
    HeadTrouble trouble_;
    mail::HeaderList headers_;
    std::string body_;
    std::string body_start_, body_end_;
    std::uint32_t body_lines_ = 0;
    std::uint32_t line_ = 0, longest_line_ = 0; // octets of the line that is under way, and of the longest one
    std::uint64_t large_sent_ = 0;
    ipc::Fd file_;
    std::shared_ptr<ipc::Channel> keeper_;
    bool kept_ = false;
};

}
