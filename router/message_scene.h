// The Scene of a question: what the asker told of the connection and the message, kept as long as the
// question is answered.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/expand/scene.h"
#include "common/mail/envelope.h"
#include "router/world.h"

namespace gp::router {

struct MessageFacts {
    std::string_view id;
    std::string_view sender;
    const std::vector<std::string>* recipients = nullptr;
    std::string_view headers;
    std::string_view original_headers; // what `size` counts, where `headers` has steps behind it; empty: `headers`
    std::uint64_t size = 0; // octets as on the wire; before there is a message, what its sender says
    std::uint32_t body_lines = 0, longest_line = 0;
    bool is_received = false; // the first header is ours, of this reception: sizes are without it until it is finished
    std::string_view body_start, body_end;
    std::int64_t received = 0; // seconds
    bool queue_run = false;
};

// Borrows what it is made of; not to be moved while its scene is in use.
class MessageScene {
public:
    MessageScene(const World& world, const mail::Origin& origin, const std::vector<mail::Variable>& variables,
                 const MessageFacts& facts);
    MessageScene(const MessageScene&) = delete;
    MessageScene& operator=(const MessageScene&) = delete;
    expand::Scene& scene() { return scene_; }
    match::Host& host() { return host_; }
    expand::Message& message() { return message_; }

private:
    void measure(const MessageFacts& facts);
    std::string headers_text_; // with LF line ends, as expansions show them
    expand::Headers headers_;
    std::string body_start_, body_end_; // likewise, and no more than message_body_visible
    match::Host host_;
    match::Remembered remembered_;
    expand::Message message_;
    expand::Scene scene_;
};

}
