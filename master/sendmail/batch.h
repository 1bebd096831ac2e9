// Batched SMTP on standard input (-bS, rsmtp; manual 48.12): the commands of one or more transactions, and no replies.
// The first error ends it: what is wrong is told on standard output in a form for programs, and on standard error in
// one for people.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "master/sendmail/instance.h"
#include "master/sendmail/message_source.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {

// A line without its end, or a piece of one that is too long to be had at once.
struct BatchLine {
    std::string text;
    bool begins = true; // this is how the line begins
    bool ends = true;   // and how it ends
};

// Lines of the batch, counted.
class BatchLines {
public:
    // So many seconds may pass until something comes; 0: any time.
    explicit BatchLines(std::uint32_t patience) : patience_(patience) {}
    std::optional<BatchLine> next(); // nullopt at the end of the file, and when nothing came in time
    std::size_t count() const { return count_; }
    bool is_late() const { return is_late_; }

private:
    int octet(); // -1: no more
    bool fill();

    std::uint32_t patience_;
    std::string buffer_;
    std::size_t at_ = 0; // in the buffer
    std::size_t count_ = 0;
    bool is_within_ = false;
    bool is_late_ = false;
};

class Batch {
public:
    // Hands one message in: 0, or its error is told. The source is the message's text.
    using HandIn = std::function<Result<int>(const submit::Letter&, MessageSource&)>;
    // `patience` in seconds, as BatchLines have it.
    Batch(const Options& options, std::uint32_t patience, HandIn hand_in) : options_(options), hand_in_(std::move(hand_in)), lines_(patience) { reset(); }
    int run();

private:
    struct Wrong { // what ends the batch
        std::string reply;   // "501 …"
        std::string command; // at fault; empty: it is not a command's
        bool at_end = false;  // the line that is missing is at fault
    };
    using Step = std::optional<Wrong>;
    Step obey(const std::string& line, bool& quits);
    Step mail(const std::string& line, std::string_view argument);
    Step rcpt(const std::string& line, std::string_view argument);
    Step data(const std::string& line);
    Result<std::string> address_in(std::string_view argument, bool may_be_null);
    void reset();
    int give_up(const Wrong& wrong) const;

    const Options& options_;
    HandIn hand_in_;
    BatchLines lines_;
    submit::Letter letter_;
    std::string helo_; // the name of the last HELO
    std::size_t begun_at_ = 0; // lines before the transaction
    std::size_t accepted_ = 0;
};

// The exit status: 0, 1 when an error came behind messages that were taken, 2 when none was.
int send_batch(const Options& options, const Instance& instance);

}
