#include "delivery/local/launcher.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/capabilities.h"
#include "delivery/local/permits.h"

namespace gp::local {
namespace {

delivery::DeliverReply the_same_for_all(const delivery::Deliver& request, const delivery::Outcome& outcome)
{
    delivery::DeliverReply reply;
    for (std::uint32_t i = 0; i < request.targets.size(); ++i) {
        reply.outcomes.push_back(outcome);
        reply.outcomes.back().target = i;
    }
    return reply;
}

constexpr std::int32_t error_never_user = -29; // as Exim's log has it
constexpr std::uint64_t largest_user_file = 4 * 1024 * 1024; // a frame has no more room

// An order out of turn closes the channel: a process that breaks this rule is not ours any more.
Status only_for(std::string_view service, std::string_view what, ipc::Channel& from)
{
    if (from.name().starts_with(std::string(service) + "/"))
        return {};
    from.close(std::string(what) + " is for " + std::string(service) + " alone");
    return permanent(std::string(what) + " is for " + std::string(service) + " alone", Cause::refused);
}

std::uint64_t now_us()
{
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
}

}

bool may_change_ids()
{
    const auto held = process::current_capabilities();
    return held && (held->effective & process::set_id_capabilities()) != 0;
}

Status check_ids(const launcher::Parameters& parameters, std::uint32_t uid, std::uint32_t gid,
                 const std::vector<std::uint32_t>& groups)
{
    const auto number = std::to_string(uid);
    if (uid == 0 || gid == 0 || std::ranges::count(groups, 0u))
        return misconfigured("a local delivery as uid " + number + ", gid " + std::to_string(gid) +
                             " is refused: nothing is delivered as root; set user and group");
    if (uid == 0xffffffff || gid == 0xffffffff)
        return misconfigured("a local delivery has no user or group: set them on the router or the transport");
    if (std::ranges::count(parameters.never_uids, uid))
        return misconfigured("a local delivery as uid " + number + " is refused by never_users");
    if (uid < parameters.first_uid && !std::ranges::count(parameters.also_uids, uid))
        return misconfigured("a local delivery as uid " + number + " is refused: it is below " +
                             std::to_string(parameters.first_uid) + " and no transport names it");
    return {};
}

Launcher::Launcher(const Upbringing& upbringing, Nursery& nursery, ipc::Link& spoold, Replies& replies)
    : parameters_(upbringing.parameters), spoold_(spoold), transports_(upbringing.transports),
      changes_ids_(upbringing.changes_ids),
      workers_(parameters_, nursery,
               [&replies](const Job& job, std::string octets) { return replies.submit(job, std::move(octets)); })
{
}

Result<delivery::DeliverReply> Launcher::answer(const delivery::Deliver& request, ipc::Channel& from)
{
    TRY(only_for("qmgr", request.name, from));
    const auto* transport = transports_.find(request.instruction.driver);
    if (!transport)
        return the_same_for_all(request, deferred("transport driver " + escape(request.instruction.driver) + " is not known here"));
    if (changes_ids_) {
        const auto& to = request.instruction;
        if (auto allowed = check_ids(parameters_, to.uid, to.gid, to.groups); !allowed) {
            auto refused = deferred(allowed.error().text);
            refused.is_setup = true;
            if (to.uid == 0 || std::ranges::count(parameters_.never_uids, to.uid)) {
                refused.text = "User " + std::to_string(to.uid) + " set for " + to.transport + " transport is on the never_users list";
                refused.error_number = error_never_user;
            }
            log::panic(request.id + " " + refused.text);
            return the_same_for_all(request, refused);
        }
    }
    return deliver(request, *transport);
}

// Router learns what the user could have shown it, and that in a child of the user's own.
Result<launcher::FileReply> Launcher::answer(const launcher::FileQuestion& question, ipc::Channel& from)
{
    auto reply = look(question, from, &Workers::look);
    if (!reply || !reply->is_unnamed)
        return reply;
    log::warning("router asked for " + escape(question.path) + " as uid " + std::to_string(question.uid) +
                 ", which the configuration does not name; nobody looked");
    // Not "nobody may act as that user": the file may be there, and what it says is not known.
    return temporary("the configuration does not name " + escape(question.path) + " in a form that launcher knows");
}

// What the user's own file asks for is the user's wish, and gets a ticket that says so.
Result<launcher::InterpretReply> Launcher::answer(const launcher::InterpretQuestion& question, ipc::Channel& from)
{
    auto reply = TRY(look(question, from, &Workers::obey));
    TRY(tickets_.sign(question.uid, reply));
    return reply;
}

// At a file of a user, in a child: as many looks at once as there may be, none larger than we allow.
template <class Question>
Result<typename Question::Reply> Launcher::look(const Question& question, ipc::Channel& from,
                                                Result<typename Question::Reply> (Workers::*work)(const Question&))
{
    TRY(only_for("router", question.name, from));
    TRY(may_look(question));
    auto bounded = question;
    bounded.largest = std::min({question.largest, parameters_.user_file_size_max, largest_user_file});
    return (workers_.*work)(bounded);
}

Status Launcher::may_look(const auto& question) const
{
    if (!question.path.starts_with('/') || question.path.find('\0') != std::string::npos)
        return misconfigured("\"" + escape(question.path) + "\" is not an absolute path");
    if (changes_ids_)
        if (auto allowed = check_ids(parameters_, question.uid, question.gid, question.groups); !allowed)
            return misconfigured(allowed.error().text, Cause::refused);
    return {};
}

// As whom, and with which options, the child checks as for the delivery itself.
Result<launcher::RoomReply> Launcher::answer(const launcher::RoomQuestion& question, ipc::Channel& from)
{
    TRY(only_for("router", question.name, from));
    const auto& to = question.delivery;
    const auto* transport = transports_.find(to.driver);
    if (!transport || !transport->room)
        return permanent("transport driver " + escape(to.driver) + " has no quota");
    if (changes_ids_)
        if (auto allowed = check_ids(parameters_, to.uid, to.gid, to.groups); !allowed)
            return misconfigured(allowed.error().text, Cause::refused);
    return workers_.measure(question, tickets_.is_good(to));
}

// The program is one that the configuration names, and so is the user. A queryprogram router's is as the configuration
// has it, word by word; ${run's is held by its name and its user (exim_user) alone.
Result<launcher::ProgramReply> Launcher::answer(const launcher::ProgramQuestion& question, ipc::Channel& from)
{
    TRY(only_for("router", question.name, from));
    if (!may_run(parameters_, question))
        return misconfigured("no " + std::string(question.is_expansion ? "${run" : "queryprogram router") +
                                 " of the configuration names the program \"" + escape(question.words.empty() ? "" : question.words.front()) +
                                 "\" with this user" + (question.is_expansion ? "; run_programs can" : ""),
                             Cause::refused);
    if (changes_ids_)
        if (auto allowed = check_ids(parameters_, question.uid, question.gid, {}); !allowed)
            return misconfigured(allowed.error().text, Cause::refused);
    return workers_.run(question);
}

// As whom PAM's modules run is the configuration's word alone.
Result<launcher::PasswordReply> Launcher::answer(const launcher::PasswordQuestion& question, ipc::Channel& from)
{
    TRY(only_for("router", question.name, from));
    TRY(check_pam(parameters_, changes_ids_));
    return workers_.ask_pam(question);
}

Result<launcher::SaslReply> Launcher::answer(const launcher::SaslQuestion& question, ipc::Channel& from)
{
    TRY(only_for("router", question.name, from));
    TRY(check_sasl(parameters_, changes_ids_));
    if (!question.talk)
        return permanent("a login without a socket");
    TRY(workers_.judge(question));
    return launcher::SaslReply{};
}

// Remote says which transport's filter it is, and with which words; the configuration says as whom it runs.
Result<launcher::ProgramReply> Launcher::answer(const launcher::FilterQuestion& question, ipc::Channel& from)
{
    TRY(only_for("remote", question.name, from));
    const auto* permit = permit_to_filter(parameters_, question);
    if (!permit)
        return misconfigured("transport " + escape(question.transport) + ": transport_filter is not what the configuration has",
                             Cause::refused);
    if (!question.message)
        return permanent("a filter without a message");
    if (changes_ids_)
        if (auto allowed = check_ids(parameters_, permit->uid, permit->gid, {}); !allowed)
            return misconfigured("the transport_filter of " + escape(question.transport) + ": " + allowed.error().text, Cause::refused);
    auto known = question;
    known.uid = permit->uid;
    known.gid = permit->gid;
    return workers_.filter(known);
}

Result<delivery::DeliverReply> Launcher::deliver(const delivery::Deliver& request, const Transport& transport)
{
    const auto started = now_us();
    const auto run = ++runs_;
    // One process of spoold has the lease; the news of the end goes to the same one.
    const auto patience = event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000});
    auto keeper = TRY(spoold_.pick(patience));
    auto fetched = keeper->call(spoold::Fetch{request.id, request.ticket}, patience);
    if (!fetched) {
        if (fetched.error().cause == Cause::timeout) // an answer that comes late has given us the lease
            keeper->send(spoold::Release{request.id, request.ticket, run});
        return fetched.error(); // ours: no address is at fault, and no retry rule sees it
    }
    const auto message = std::move(fetched).take();
    const Options options{request.instruction.options};
    const Job job{.request = request, .message = message, .parameters = parameters_, .options = options};
    const auto limit = event::Deadline::in(Duration{std::int64_t{request.deadline ? request.deadline : 7200} * 1000});
    Status noted; // not before its turn: what waits for it is not in doubt when we die
    const auto begin = [&] { return noted = note_finishing(request, run, *keeper); };
    auto reply = workers_.deliver(job, transport, limit, tickets_.is_good(request.instruction), begin);
    if (!noted) {
        keeper->send(spoold::Release{request.id, request.ticket, run});
        return noted.error(); // ours, as above
    }
    const bool is_lost = !reply && reply.error().cause == Workers::lost;
    if (!reply)
        reply = the_same_for_all(request, outcome_of(reply.error()));
    reply->started = started;
    reply->ended = now_us();
    record(request, *reply);
    if (!request.instruction.shadow.empty())
        deliver_shadow(job, limit, *reply);
    spoold_.send(spoold::Release{request.id, request.ticket, run, is_lost});
    return reply;
}

// What was delivered goes to the shadow transport too, whose end is told in the log and changes nothing (manual 24).
void Launcher::deliver_shadow(const Job& job, event::Deadline until, delivery::DeliverReply& reply)
{
    auto request = job.request;
    request.instruction = router::of_transport(job.instruction(), job.instruction().shadow.front());
    std::erase_if(request.targets, [&](const delivery::Target& target) {
        const auto at = static_cast<std::size_t>(&target - request.targets.data());
        return at >= reply.outcomes.size() || reply.outcomes[at].fate != delivery::Fate::delivered;
    });
    if (request.targets.empty())
        return;
    const auto& to = request.instruction;
    const auto* transport = transports_.find(to.driver);
    auto allowed = to.trouble.empty() ? Status{} : Status{temporary(to.trouble)};
    if (allowed && changes_ids_)
        allowed = check_ids(parameters_, to.uid, to.gid, to.groups);
    const Options options{to.options};
    const Job shadow{.request = request, .message = job.message, .parameters = parameters_, .options = options};
    const auto done = !allowed    ? Result<delivery::DeliverReply>(allowed.error())
                      : transport ? workers_.deliver(shadow, *transport, until, tickets_.is_good(to))
                                  : Result<delivery::DeliverReply>(temporary("transport driver " + escape(to.driver) + " is not known here"));
    std::size_t next = 0;
    for (auto& outcome : reply.outcomes) {
        if (outcome.fate != delivery::Fate::delivered)
            continue;
        const auto text = !done ? done.error().text : next < done->outcomes.size() && done->outcomes[next].fate != delivery::Fate::delivered ? done->outcomes[next].text : std::string{};
        outcome.shadow = to.transport + (text.empty() ? "" : " (" + text + ")");
        ++next;
    }
}

// Until spoold has it in its log nobody could tell afterwards that this was being finished: then it is not.
Status Launcher::note_finishing(const delivery::Deliver& request, std::uint64_t run, ipc::Channel& keeper)
{
    const auto until = event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000});
    spoold::Finishing question{request.id, request.ticket, run, {}};
    for (const auto& target : request.targets)
        question.children.push_back(target.unique);
    auto noted = keeper.call(question, until);
    if (!noted && noted.error().cause == Cause::closed) // it may be starting anew
        noted = spoold_.call(question, until);
    if (!noted)
        return temporary("the spool service does not let it be delivered now: " + noted.error().text);
    return {};
}

// Success is told to spoold by us, so that the death of qmgr cannot deliver twice.
void Launcher::record(const delivery::Deliver& request, delivery::DeliverReply& reply)
{
    spoold::Delivered done{.id = request.id, .ticket = request.ticket};
    for (const auto& outcome : reply.outcomes) {
        if (outcome.fate != delivery::Fate::delivered || outcome.target >= request.targets.size())
            continue;
        const auto& target = request.targets[outcome.target];
        done.children.push_back(target.unique);
        if (target.completes)
            done.recipients.push_back(target.recipient);
    }
    const auto patience = event::Deadline::in(Duration{std::int64_t{parameters_.spool_timeout} * 1000});
    if (done.children.empty())
        return;
    constexpr int most_tries = 3; // spoold may be starting anew
    for (int tries = 0; tries < most_tries; ++tries) {
        if (tries > 0)
            event::sleep_for(Duration{200});
        auto recorded = spoold_.call(done, patience);
        if (recorded)
            return;
        log::warning(request.id + " delivery could not be recorded: " + recorded.error().text);
    }
    for (auto& outcome : reply.outcomes) // qmgr must, before anything else of the message is tried again
        outcome.unrecorded = outcome.fate == delivery::Fate::delivered;
}

}
