#include "cleanup/intake.h"

#include <utility>

#include "cleanup/cut_through.h"
#include "cleanup/pipeline.h"
#include "cleanup/wrapped.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/spool/fields.h"

namespace gp::cleanup {
namespace {

constexpr Duration still_there_patience{5'000}; // smtpd looks at its socket, and waits for nobody

SubmitReply reply_of(const Error& error)
{
    if (error.blame == Blame::permanent)
        return refusal(550, "5.6.0", error.text);
    auto reply = refusal(451, "4.3.0", "Temporary local problem - please try later", error.text);
    reply.is_trouble = true;
    return reply;
}

// Whoever waits has waited from about now on. They are to hear what became of the message, and not to give up before: what
// has gone out to another host by then would come twice.
event::Deadline deadline_of(const Parameters& parameters)
{
    return event::Deadline::in(Duration{std::int64_t{parameters.cleanup_timeout} * 900});
}

}

Intake::Intake(const Parameters& parameters, Services services, RoomKeeper& room, const Clock& clock)
    : parameters_(parameters), services_(services), room_(room), clock_(clock), milters_(parameters_, services_, clock)
{
}

Result<std::shared_ptr<Letter>> Intake::letter_at(const Key& key, std::uint64_t offset)
{
    if (!mail::is_message_id(key.second))
        return permanent("\"" + escape(key.second) + "\" is not a message id");
    auto found = letters_.find(key);
    if (found == letters_.end()) {
        if (offset != 0)
            return temporary("the beginning of " + key.second + " is not here");
        if (letters_.size() >= parameters_.messages_at_once)
            return temporary("too many messages at once (" + std::to_string(parameters_.messages_at_once) + ")");
        found = letters_.emplace(key, std::make_shared<Letter>(key.second, parameters_, services_.spoold)).first;
    }
    if (found->second->is_busy())
        return permanent("more of " + key.second + " comes before the last part was answered");
    if (found->second->octets() != offset)
        return permanent("octets of " + key.second + " out of order");
    return found->second;
}

Result<PartReply> Intake::answer(const Part& part, ipc::Channel& from)
{
    const Key key{from.id(), part.id};
    auto letter = TRY(letter_at(key, part.offset));
    if (auto added = letter->add(part.octets); !added) {
        letters_.erase(key);
        if (letter->trouble().why == mail::Overlong::no)
            return added.error();
    }
    return PartReply{letter->trouble()};
}

void Intake::notice(const Abandon& abandon, ipc::Channel& from)
{
    letters_.erase({from.id(), abandon.id});
}

void Intake::peer_gone(ipc::Channel& from)
{
    std::erase_if(letters_, [&](const auto& entry) { return entry.first.first == from.id(); });
    milters_.forget_all_of(from);
}

Result<SubmitReply> Intake::answer(const Submit& submit, ipc::Channel& from)
{
    const Key key{from.id(), submit.envelope.id};
    const auto until = deadline_of(parameters_);
    auto found = letter_at(key, submit.offset);
    const auto not_taken = [&](SubmitReply reply) {
        reply.state = submit.state;
        return reply;
    };
    if (!found)
        return not_taken(reply_of(found.error()));
    auto letter = std::move(found).take();
    letters_.erase(key);
    auto added = letter->add(submit.octets);
    if (added)
        added = letter->finish();
    if (letter->trouble().why != mail::Overlong::no)
        return not_taken(refusal_of(letter->trouble()));
    if (!added)
        return not_taken(reply_of(added.error()));
    if (submit.is_refused)
        return refused_before(submit, *letter);
    const auto milters = submit.milter_session ? milters_.session(from, submit.milter_session) : milters_.for_local(submit.envelope);
    if (submit.milter_session && !milters)
        return not_taken(reply_of(temporary("the session's milters are not known here")));
    auto reply = accept(submit, *letter, milters, until, from);
    if (submit.milter_session)
        milters->end(true);
    if (reply.taken == Taken::refused && reply.headers.empty())
        reply.headers = letter->header_text();
    return reply;
}

SubmitReply Intake::refused_before(const Submit& submit, Letter& letter)
{
    Work work{.parameters = parameters_, .services = services_, .clock = clock_, .until = deadline_of(parameters_)};
    work.envelope = submit.envelope;
    work.state = submit.state;
    work.local = submit.local;
    work.headers = letter.take_headers();
    work.controls = controls_of(work.state);
    run_header_stages(work);
    SubmitReply reply;
    show_headers(work, reply);
    reply.state = submit.state;
    return reply;
}

// Nobody could be told any more: what was judged counts as if the client had never sent it.
bool Intake::is_still_there(const Submit& submit, ipc::Channel& from)
{
    if (!submit.asks_before_commit)
        return true;
    const auto answer = from.call(StillThere{submit.envelope.id}, event::Deadline::in(still_there_patience));
    if (!answer) // a smtpd that is gone cannot tell its client; one that is silent still may
        return answer.error().cause != Cause::closed;
    return answer->is_there;
}

SubmitReply Intake::accept(const Submit& submit, Letter& letter, std::shared_ptr<MilterSession> milters, event::Deadline until, ipc::Channel& from)
{
    // What the connection knows lives on, whatever becomes of the message.
    const auto refused = [&](SubmitReply reply) {
        reply.state = submit.state;
        return reply;
    };
    if (!room_.now().accepting) {
        auto full = refusal(452, "4.3.1", "Space shortage, please try later", "the spool takes no mail");
        full.is_trouble = true;
        return refused(std::move(full));
    }
    Work work{.parameters = parameters_, .services = services_, .clock = clock_, .until = until};
    work.letter = &letter;
    work.milters = std::move(milters);
    work.milters_are_made_up = submit.milter_session == 0;
    work.envelope = submit.envelope;
    work.state = submit.state;
    work.local = submit.local;
    work.discarded_by = submit.discarded_by;
    work.prdr = submit.prdr;
    work.cut = submit.cut;
    work.arrival.by_chunks = submit.by_chunks;
    work.arrival.may_pipeline = submit.may_pipeline;
    work.arrival.pipelined = submit.pipelined;
    work.headers = letter.take_headers();
    work.body_size = letter.body_size();
    work.body_lines = letter.body_lines();
    work.longest_line = letter.longest_line();
    work.body_start = letter.body_start();
    work.body_end = letter.body_end();
    work.controls = controls_of(work.state);
    const auto limit = parameters_.message_size_limit;
    if (work.envelope.origin.local && limit && letter.counted() > limit)
        return refused(refusal(552, "5.3.4", "message size exceeds the limit of " + std::to_string(limit) +
                                                 " octets (message_size_limit)"));
    auto ended = run_stages(work);
    if (ended && work.lacks_recipients) {
        complete_for_sender(work);
        show_headers(work, *ended);
    }
    if (!ended && !is_still_there(submit, from)) // before the next host is told that it is all
        ended = SubmitReply{.taken = Taken::unheard};
    if (!ended)
        ended = submit.deliver_now && services_.remote ? carry_now(work, letter) : cut_through(work, letter);
    auto reply = ended ? std::move(*ended) : commit(work, letter);
    reply.each = std::move(work.each);
    reply.state = std::move(work.state);
    return reply;
}

SubmitReply Intake::commit(Work& work, Letter& letter)
{
    spoold::Commit record;
    record.id = work.envelope.id;
    auto log_line = arrival_line(work.envelope, work.arrival, parameters_);
    record.log_line = log_line;
    for (auto& recipient : work.envelope.recipients) // what it was called before is told by that line alone
        recipient.original.clear();
    record.settles = work.envelope.settles;
    record.settles_recipients = work.envelope.settles_recipients;
    record.envelope = spool::encode_envelope(work.envelope);
    record.headers = work.headers.text();
    record.large = letter.is_large();
    record.large_size = letter.is_large() ? letter.body_size() : 0;
    record.body = letter.take_body();
    const auto deadline = event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000});
    auto committed = letter.keeper() ? letter.keeper()->call(record, deadline) : services_.spoold.call(record, deadline);
    // spoold died under it, or was silent: only its log knows whether the message is ours (promise 1). A no is
    // final, so that what is refused here is not committed later.
    const bool is_lost = !committed && (committed.error().cause == Cause::closed || committed.error().cause == Cause::timeout);
    if (!committed && !(is_lost && was_committed(record.id)))
        return trouble(work, "spool", committed.error());
    letter.committed();
    if (work.controls.freeze)
        log::main(work.envelope.id + " frozen by ACL");
    else if (!work.frozen_by.empty())
        log::main(work.envelope.id + " frozen by " + escape(work.frozen_by, true));
    SubmitReply reply;
    if (work.fake) {
        reply = *work.fake;
    } else {
        reply = {.taken = Taken::committed, .code = work.accepted_code, .text = work.accepted_text};
        if (reply.text.empty())
            reply.text = work.accepted_by_prdr;
        if (work.envelope.origin.local)
            reply.log_text = std::move(log_line);
    }
    if (work.controls.queue_only || work.controls.queue_smtp_only)
        reply.waits = "queued by ACL";
    reply.state = work.state;
    if (!work.bad_addresses.empty()) {
        const auto received = std::exchange(work.received_header, {}); // of the other deliveries
        show_headers(work, reply);
        if (!received.empty() && reply.headers.starts_with(received))
            reply.headers.erase(0, received.size());
    }
    reply.bad_addresses = std::move(work.bad_addresses);
    return reply;
}

bool Intake::was_committed(const std::string& id)
{
    auto answer = services_.spoold.call(spoold::IsCommitted{id}, event::Deadline::in(Duration{60'000}));
    return answer && answer->committed;
}

Result<Room> Intake::answer(const WatchRoom&, ipc::Channel& from)
{
    room_.subscribe(from);
    return room_.now();
}

Result<SettledReply> Intake::answer(const Settled& question, ipc::Channel&)
{
    auto answer = TRY(services_.spoold.call(spoold::IsCommitted{question.id}, event::Deadline::in(Duration{60'000})));
    return SettledReply{answer.committed};
}

}
