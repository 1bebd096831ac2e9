#include "qmgr/recorder.h"

#include <algorithm>

#include "common/log/log.h"

namespace gp::qmgr {
namespace {

constexpr Duration first_pause{100};
constexpr Duration longest_pause{5000};
constexpr int refusals_in_a_minute = 16; // with those pauses
constexpr int refusals_soon = 4;

}

// A temporary error, a lost channel or a late answer: again. What blames the message for good ends it; and a question
// to which spoold says for a minute that it cannot read that record, for it would never end.
template <class Message>
Result<typename Message::Reply> Recorder::insist(const Message& message, int most_refusals)
{
    Duration pause = first_pause;
    for (int refused = 0;;) {
        if (core_.stopping && !core_.links.spoold.connected())
            return temporary("stopping, and spoold is not there", Cause::closed);
        auto reply = core_.links.spoold.call(message, core_.answer_deadline());
        if (reply || reply.error().cause == Cause::not_found || reply.error().blame != Blame::temporary)
            return reply;
        if (core_.stopping)
            return temporary("stopping: " + reply.error().text, Cause::closed);
        refused = reply.error().cause == Cause::other ? refused + 1 : 0;
        if (std::is_same_v<Message, spoold::GetEnvelope> && refused == most_refusals)
            return reply;
        if (pause == longest_pause)
            log::warning("spoold: " + std::string(Message::name) + " " + message.id + ": " +
                         reply.error().text + "; trying again");
        event::sleep_for(pause);
        pause = std::min(pause * 2, longest_pause);
    }
}

gp::Status Recorder::write(const spoold::Record& record)
{
    auto done = insist(record, refusals_in_a_minute);
    if (!done)
        return std::move(done).error();
    return {};
}

Result<spoold::GetEnvelope::Reply> Recorder::envelope(const QueueId& id, bool want_headers,
                                                       std::uint32_t body_octets)
{
    return insist(spoold::GetEnvelope{.id = id.text(), .want_headers = want_headers, .body_octets = body_octets}, refusals_in_a_minute);
}

Result<spoold::GetEnvelope::Reply> Recorder::shown(const QueueId& id, bool want_headers)
{
    return insist(spoold::GetEnvelope{.id = id.text(), .want_headers = want_headers, .want_reason = true}, refusals_soon);
}

Result<spoold::GetEnvelope::Reply> Recorder::envelope_soon(const QueueId& id)
{
    return insist(spoold::GetEnvelope{.id = id.text()}, refusals_soon);
}

}
