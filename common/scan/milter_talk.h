// One conversation with a milter, from the negotiation to QUIT: the client side of the protocol.
//
//     negotiate → connect → helo → (mail → rcpt … → data → message | abort) … → quit
//
// The connection has been made by router and comes as a descriptor. A step that the milter does not want to hear is
// not said, one that it does not answer is not waited for. A word that ends the milter's interest (accept at connect
// or helo: in the connection; accept or discard later: in the message) is kept here: what follows is not said either.
// After an error the conversation is over, and every further word is that error.
#pragma once

#include <functional>
#include <memory>

#include "common/scan/milter_packet.h"

namespace gp::scan {

struct MilterTimes {
    Duration command{30'000}; // for the answer to a command or a header
    Duration content{300'000}; // to the end of the message; each sign of progress begins it anew
};

// A message as milters get it: CR LF at the ends of lines.
struct MilterLetter {
    std::vector<std::pair<std::string, std::string>> headers; // name, and what stands behind the colon, folds as LF
    std::function<Status(const std::function<Status(std::string_view)>& take)> body; // piece by piece
};

class MilterTalk {
public:
    MilterTalk(std::unique_ptr<event::Stream> server, MilterTimes times, std::uint64_t most_answer);

    Status negotiate();
    // `arguments` as the protocol has them, behind each other. One call at a time.
    Result<mail::MilterVerdict> say(mail::MilterEvent event, std::string_view arguments, const std::vector<mail::MilterMacro>& macros);
    // The headers, the body and the end of the message. What is to be changed comes in `changes`. All within `until`.
    Result<mail::MilterVerdict> give(const MilterLetter& letter, const std::vector<mail::MilterMacro>& macros, event::Deadline until,
                                     std::vector<mail::MilterChange>& changes);
    void abort(); // of the message, if there is one
    Status settle(); // what was said so far is on its way
    void quit();  // says so, unless it is in the middle of a command or a message
    void leave(); // without a word; a call that is under way fails at once
    bool is_over() const { return is_over_; }

private:
    struct Step;
    Result<mail::MilterVerdict> step(const Step& step, std::string_view arguments);
    Result<mail::MilterVerdict> answer(Duration patience);
    Status give_headers(const MilterLetter& letter, const std::vector<mail::MilterMacro>& macros, mail::MilterVerdict& verdict);
    Status give_body(const MilterLetter& letter, mail::MilterVerdict& verdict);
    Status take_changes(std::vector<mail::MilterChange>& changes, mail::MilterVerdict& verdict);
    Status take_change(mail::MilterChange change, std::vector<mail::MilterChange>& changes) const;
    void define(std::uint32_t stage, char command, const std::vector<mail::MilterMacro>& macros);
    void remember(mail::MilterEvent event, const mail::MilterVerdict& verdict);
    Status put(char code, std::string_view body);
    Status flush();
    Result<MilterWord> word(Duration patience);
    Error over(const Error& error);
    bool has(std::uint32_t habit) const { return (terms_.habits & habit) != 0; }

    std::unique_ptr<event::Stream> server_;
    const MilterTimes times_;
    MilterReader reader_;
    MilterTerms terms_;
    std::string out_; // what is to be written
    event::Deadline until_ = event::Deadline::never(); // of the message
    bool is_over_ = false, is_busy_ = false;
    std::string why_over_;
    bool is_done_ = false;                       // it has no more interest in this connection …
    bool in_message_ = false, is_past_ = false;  // … or this message
};

}
