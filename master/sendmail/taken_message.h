// A test message as it would be when it had been taken in: who sent it, its Return-path:, and the headers that
// every message has (-bem, -bf, -bF; manual 5.3). Nothing is kept of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/mail/envelope.h"
#include "master/sendmail/test_message.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {

struct TakenMessage {
    // `letter` as it was handed in; its headers are completed.
    TakenMessage(Workplace& place, TestMessage letter);

    // Says what Exim says of the message before anything else is printed.
    void tell() const;
    // Borrows what is here.
    router::MessageFacts facts() const;
    // What a scene is to know beyond the facts: $message_size and the like count what was handed in.
    void describe(expand::Message& message) const;

    TestMessage letter;
    std::string id, sender, return_path;
    std::vector<std::string> recipients; // -t
    std::string trouble;                 // why it could not be completed; mostly empty
    bool has_return_path = false, sender_was_in_message = false, had_headers = true;

private:
    void read_envelope(Workplace& place);
    void complete_headers(Workplace& place);

    std::size_t size_ = 0, lines_ = 0, longest_header_ = 0; // of what was handed in
    std::int64_t received_ = 0;
};

}
