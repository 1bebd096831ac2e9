#include "delivery/local/workers.h"

#include <sys/socket.h>

#include <csignal>

#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "common/log/log.h"
#include "common/process/memfd.h"
#include "delivery/local/message_filter.h"

namespace gp::local {
namespace {

constexpr std::size_t longest_report = 6 * 1024 * 1024; // an automatic reply with the message in it
constexpr int most_submissions = 100;                   // of one delivery
constexpr std::size_t most_looks_of_a_user = 8;         // at once: a home that hangs must not hold all of us
constexpr Duration tick_interval{500};

event::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

std::chrono::seconds seconds(std::uint32_t count)
{
    return std::chrono::seconds{count};
}

// Deliveries with the same key could be done by the same child.
std::string key_of(const Job& job, const Transport& transport)
{
    const auto& to = job.instruction();
    std::string key = job.request.instruction.driver + "\n" + std::to_string(to.uid) + ":" + std::to_string(to.gid);
    for (const auto group : to.groups)
        key += "," + std::to_string(group);
    return key + "\n" + to.user + "\n" + to.home + "\n" + to.current_directory + "\n" + transport.reach(job);
}

std::string key_of(const launcher::FileQuestion& question)
{
    const bool writes = question.kind == launcher::FileQuestion::Kind::append;
    std::string key = (writes ? "log\n" : "look\n") + std::to_string(question.uid) + ":" + std::to_string(question.gid);
    for (const auto group : question.groups)
        key += "," + std::to_string(group);
    return key + "\n" + question.login;
}

Error too_many_looks(std::uint32_t uid)
{
    return temporary("too many files of uid " + std::to_string(uid) + " or of all users are being looked at");
}

// From a child that went no further; the words are its own.
Error not_settled(std::string_view what, std::uint32_t uid, std::string_view why)
{
    const auto text = "no process could " + std::string(what) + " as uid " + std::to_string(uid) + ": " + escape(why);
    log::warning(text);
    return temporary(text);
}

}

namespace {

// Nearly all: all mailboxes may be one user's.
std::uint32_t places_of_one_user(std::uint32_t all)
{
    constexpr std::uint32_t kept_of_ten = 1;
    return std::max(1u, all - std::max(1u, all * kept_of_ten / 10));
}

// What no option asks for is not sent, whatever a child says.
bool may_submit(const Job& job)
{
    return job.instruction().driver == "autoreply" || job.options.has("quota_warn_threshold");
}

}

Workers::Workers(const launcher::Parameters& parameters, Nursery& nursery, Submit submit)
    : parameters_(parameters), nursery_(nursery), submit_(std::move(submit)),
      turns_(std::max(1u, parameters.launcher_max_children), places_of_one_user(std::max(1u, parameters.launcher_max_children))),
      looks_(std::max(1u, parameters.launcher_max_children), most_looks_of_a_user),
      passwords_(std::max(1u, parameters.pam_max_children)), logins_(std::max(1u, parameters.sasl_max_children)), programs_(std::max(1u, parameters.launcher_max_children)), filters_(std::max(1u, parameters.launcher_max_children)),
      ticker_([this] { tick(); })
{}

Error Workers::too_many()
{
    return temporary("too many local deliveries at once (launcher_max_children)", Cause::timeout);
}

Workers::~Workers()
{
    for (auto& [key, pool] : idle_)
        for (auto& worker : pool)
            worker.stream.reset(); // the end of its orders is the end of it
}

std::size_t Workers::idle() const
{
    std::size_t count = 0;
    for (const auto& [key, pool] : idle_)
        count += pool.size();
    return count;
}

Result<delivery::DeliverReply> Workers::deliver(const Job& job, const Transport& transport, event::Deadline until, bool has_ticket,
                                                const Begin& begin)
{
    // A large message comes by descriptor, which a child gets at its birth.
    const bool kept = transport.reach && !has_message_filter(job) && !job.message.large && parameters_.local_child_messages > 1;
    const auto key = kept || transport.deliver_many ? key_of(job, transport) : std::string{};
    if (transport.deliver_many) {
        Waiting me;
        me.job = &job;
        me.has_ticket = has_ticket;
        me.begin = &begin;
        me.alone = !kept;
        return deliver_in_line(key, me, until);
    }
    const auto limit = until.left();
    const Turns::Turn turn{turns_, job.instruction().uid, until};
    if (!turn)
        return too_many();
    if (begin)
        TRY(begin());
    until = event::Deadline::in(limit);
    if (auto idle = kept ? take_idle(key) : std::nullopt) {
        auto reply = order(*idle, job, kept, has_ticket, until);
        if (reply) {
            keep(key, std::move(*idle));
            return reply;
        }
        const bool unheard = idle->served == 0; // gone before it heard of this one
        dismiss(std::move(*idle), true);
        if (!unheard)
            return reply;
    }
    auto worker = TRY(hire(job.message.large.get()));
    auto reply = order(worker, job, kept, has_ticket, until);
    if (reply && kept)
        keep(key, std::move(worker));
    else
        dismiss(std::move(worker), !reply);
    return reply;
}

Status Workers::serve(Worker& worker, const std::vector<Waiting*>& batch, event::Deadline until)
{
    std::string orders;
    for (const auto* one : batch) {
        Order order{.request = one->job->request, .message = one->job->message, .last = one->alone, .more = one != batch.back(), .has_ticket = one->has_ticket};
        order.message.large = {};
        orders += framed(ipc::encode(order));
    }
    const auto served = std::exchange(worker.served, 0);
    if (const auto written = worker.stream->write(orders, until); !written)
        return temporary(written.error().text);
    worker.served = served + static_cast<std::uint32_t>(batch.size());
    std::optional<Error> gone;
    for (auto* one : batch) {
        one->reply = gone ? Result<delivery::DeliverReply>(*gone) : hear(worker, *one->job, until);
        if (!*one->reply)
            gone = one->reply->error();
    }
    return {};
}

std::optional<Workers::Worker> Workers::take_idle(const std::string& key)
{
    const auto pool = idle_.find(key);
    if (pool == idle_.end())
        return std::nullopt;
    auto worker = std::move(pool->second.back());
    pool->second.pop_back();
    if (pool->second.empty())
        idle_.erase(pool);
    return worker;
}

event::Deadline Workers::look_deadline() const
{
    return event::Deadline::in(Duration{std::int64_t{parameters_.user_file_timeout} * 1000});
}

// A look changes nothing: what a child that was about to end did not answer, another one is asked.
Result<launcher::FileReply> Workers::look(const launcher::FileQuestion& question)
{
    const auto until = look_deadline();
    const Turns::Turn turn{looks_, question.uid, until};
    if (!turn)
        return too_many_looks(question.uid);
    auto worker = take_idle(key_of(question));
    const bool was_idle = worker.has_value();
    auto reply = look(question, std::move(worker), until);
    if (!reply && was_idle && reply.error().cause == Cause::closed && question.kind != launcher::FileQuestion::Kind::append)
        reply = look(question, std::nullopt, until);
    if (reply && !reply->failure.empty())
        return not_settled("look at files", question.uid, reply->failure);
    return reply;
}

// Nothing is kept of a child that obeyed what a user wrote, and a log that it has written stays written: nobody is asked
// twice.
Result<launcher::InterpretReply> Workers::obey(const launcher::InterpretQuestion& question)
{
    const auto until = look_deadline();
    const Turns::Turn turn{looks_, question.uid, until};
    if (!turn)
        return too_many_looks(question.uid);
    Order order;
    order.is_interpretation = true;
    order.interpretation = question;
    auto reply = ask_once<launcher::InterpretReply>(order, until);
    if (reply && reply->is_unsettled)
        return not_settled("obey a file", question.uid, reply->error);
    return reply;
}

Result<launcher::RoomReply> Workers::measure(const launcher::RoomQuestion& question, bool has_ticket)
{
    constexpr std::size_t longest_text = 1024;
    const auto until = look_deadline();
    const Turns::Turn turn{looks_, question.delivery.uid, until};
    if (!turn)
        return too_many_looks(question.delivery.uid);
    Order order;
    order.request.instruction = question.delivery;
    order.request.size = question.size;
    order.last = order.only_room = true;
    order.has_ticket = has_ticket;
    auto reply = ask_once<launcher::RoomReply>(order, until);
    if (reply)
        reply->text.resize(std::min(reply->text.size(), longest_text));
    return reply;
}

template <class Reply>
Result<Reply> Workers::ask_once(const Order& order, event::Deadline until, int large)
{
    auto worker = TRY(hire(large));
    const auto told = tell(worker, order, until);
    auto reply = told ? hear_once<Reply>(worker, until) : Result<Reply>(told.error());
    dismiss(std::move(worker), !reply);
    return reply;
}

// Within `timeout` seconds, with the wait for its turn: the child gets what is left of them, and ends the program itself.
Result<launcher::ProgramReply> Workers::run_one(event::Gate& gate, const Order& order, std::uint32_t& timeout, int large)
{
    constexpr std::chrono::seconds slack{5}, longest{86400};
    auto until = event::Deadline::in(timeout ? std::chrono::seconds{timeout} : longest);
    if (!gate.enter(until))
        return temporary(&gate == &passwords_ ? "too many passwords are being checked at once (pam_max_children)"
                                              : "too many programs at once (launcher_max_children)");
    if (timeout) {
        timeout = static_cast<std::uint32_t>(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(until.left()).count()));
        until = event::Deadline::in(std::chrono::seconds{timeout} + slack);
    }
    auto reply = ask_once<launcher::ProgramReply>(order, until, large);
    gate.leave();
    return reply;
}

Result<launcher::ProgramReply> Workers::run(const launcher::ProgramQuestion& question)
{
    Order order;
    order.is_program = true;
    order.program = question;
    auto reply = run_one(programs_, order, order.program.timeout);
    if (reply && !reply->failure.empty())
        return not_settled("run a program", question.uid, reply->failure);
    return reply;
}

Result<launcher::PasswordReply> Workers::ask_pam(const launcher::PasswordQuestion& question)
{
    Order order;
    order.is_program = order.is_password = true;
    order.program.timeout = std::max(1u, parameters_.pam_timeout);
    order.input = launcher::pam_input(question.strings);
    const auto reply = run_one(passwords_, order, order.program.timeout);
    if (!reply && reply.error().cause == Cause::timeout)
        return temporary("PAM did not answer in time (pam_timeout)");
    if (!reply)
        return reply.error();
    if (!reply->failure.empty())
        return not_settled("ask PAM", parameters_.pam_uid, reply->failure);
    if (reply->timed_out)
        return temporary("PAM did not answer in time (pam_timeout)");
    if (!reply->started)
        return temporary("the program pam could not be started: errno " + std::to_string(reply->code));
    return launcher::pam_reply(!reply->signalled, reply->code, reply->output);
}

// The program says nothing to us: its end is the end of our socket.
Status Workers::judge(const launcher::SaslQuestion& question)
{
    const auto until = event::Deadline::in(seconds(std::max(1u, parameters_.sasl_timeout)));
    if (!logins_.enter(until))
        return temporary("too many logins are under way at once (sasl_max_children)");
    Order order;
    order.is_login = true;
    const auto reply = ask_once<launcher::ProgramReply>(order, until, question.talk.get());
    logins_.leave();
    if (reply)
        return not_settled("judge a login", parameters_.sasl_uid, reply->failure);
    if (reply.error().cause == Cause::timeout)
        return temporary("it took longer than sasl_timeout");
    return reply.error().cause == Cause::closed ? Status{} : Status{reply.error()};
}

Result<launcher::ProgramReply> Workers::filter(launcher::FilterQuestion question)
{
    const auto message = std::exchange(question.message, {}); // the child is given it at its birth
    Order order;
    order.is_filter = true;
    order.filter = std::move(question);
    auto reply = run_one(filters_, order, order.filter.timeout, message.get());
    if (reply && !reply->failure.empty())
        return not_settled("filter a message", order.filter.uid, reply->failure);
    return reply;
}

Result<launcher::FileReply> Workers::look(const launcher::FileQuestion& question, std::optional<Worker> worker,
                                          event::Deadline until)
{
    if (!worker)
        worker = TRY(hire(-1));
    Order order;
    order.is_look = true;
    order.file = question;
    const auto told = tell(*worker, order, until);
    auto reply = told ? hear_once<launcher::FileReply>(*worker, until) : Result<launcher::FileReply>(told.error());
    if (reply && reply->failure.empty())
        keep(key_of(question), std::move(*worker));
    else
        dismiss(std::move(*worker), !reply);
    return reply;
}

Result<Workers::Worker> Workers::hire(int large)
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM));
    Worker worker{.number = TRY(nursery_.raise(theirs.get(), large))};
    worker.stream = std::make_unique<event::FdStream>(std::move(ours));
    worker.born = now();
    ++alive_;
    if (!ticker_.running())
        ticker_.start(tick_interval);
    return worker;
}

// `served` counts from here what the child has surely heard of: 0 when the order could not be sent.
Result<delivery::DeliverReply> Workers::order(Worker& worker, const Job& job, bool kept, bool has_ticket, event::Deadline until)
{
    Order order{.request = job.request, .message = job.message, .last = !kept, .has_ticket = has_ticket};
    order.message.large = {};
    if (const auto told = tell(worker, order, until); !told)
        return temporary(told.error().text);
    return hear(worker, job, until);
}

Status Workers::tell(Worker& worker, const Order& order, event::Deadline until)
{
    const auto served = std::exchange(worker.served, 0);
    TRY(worker.stream->write(framed(ipc::encode(order)), until));
    worker.served = served + 1;
    return {};
}

// From a process with the user's rights: hostile.
template <class Reply>
Result<Reply> Workers::hear_once(Worker& worker, event::Deadline until)
{
    auto& heard = worker.heard;
    std::string buffer(4096, '\0');
    std::size_t wanted = frame_head;
    for (;;) {
        if (heard.size() >= frame_head)
            wanted = frame_head + framed_size(heard);
        if (wanted > longest_report || heard.size() > longest_report + buffer.size())
            return temporary("the delivery process reports too much");
        if (heard.size() >= wanted)
            break;
        const auto got = TRY(worker.stream->read(buffer, until));
        if (got == 0)
            return temporary("the delivery process ended without a report", Cause::closed);
        heard.append(buffer, 0, got);
    }
    auto reply = ipc::decode<Reply>(std::string_view(heard).substr(frame_head, wanted - frame_head));
    heard.erase(0, wanted);
    if (!reply)
        return temporary("the delivery process gave no report");
    return reply;
}

namespace {

// What a child may say of a delivery; the rest is of connections that it does not have.
void accept_only_what_is_its_own(delivery::DeliverReply& reply, std::vector<std::string> made)
{
    constexpr std::size_t longest_text = 4096;
    const auto bounded = [](std::string& text) { return text.substr(0, longest_text); };
    delivery::DeliverReply accepted;
    for (auto& said : reply.outcomes)
        accepted.outcomes.push_back({.target = said.target,
                                     .fate = said.fate,
                                     .text = bounded(said.text),
                                     .error_name = bounded(said.error_name),
                                     .smtp_code = said.smtp_code,
                                     .enhanced = bounded(said.enhanced),
                                     .freeze = said.freeze,
                                     .output = std::move(said.output),
                                     .delivered_octets = said.delivered_octets,
                                     .error_number = said.error_number,
                                     .is_setup = said.is_setup,
                                     .transport = bounded(said.transport),
                                     .logged_output = bounded(said.logged_output)});
    accepted.made = std::move(made);
    reply = std::move(accepted);
}

}

// Its report, after what it wanted to be submitted. Without one nobody knows what it has done.
Result<delivery::DeliverReply> Workers::hear(Worker& worker, const Job& job, event::Deadline until)
{
    auto heard = hear_out(worker, job, until);
    return heard ? std::move(heard) : temporary(heard.error().text, lost);
}

Result<delivery::DeliverReply> Workers::hear_out(Worker& worker, const Job& job, event::Deadline until)
{
    std::vector<std::string> made;
    for (int submissions = 0; submissions <= most_submissions; ++submissions) {
        auto reply = TRY(hear_once<delivery::DeliverReply>(worker, until));
        if (reply.new_message.empty()) {
            if (reply.outcomes.size() != job.request.targets.size())
                return temporary("the delivery process gave no report");
            accept_only_what_is_its_own(reply, std::move(made));
            return reply;
        }
        const auto done = submit_ && may_submit(job) ? submit_(job, std::move(reply.new_message))
                                                     : Result<std::string>(temporary("nothing is submitted here"));
        if (!done)
            log::warning(job.request.id + " a message of the " + job.instruction().transport + " transport was not sent: " + done.error().text);
        if (done && !done->empty())
            made.push_back(*done);
        TRY(worker.stream->write(framed(done ? std::string_view{} : std::string_view(done.error().text)), until));
    }
    return temporary("the delivery process submits too many messages");
}

void Workers::keep(const std::string& key, Worker worker)
{
    if (!worker.heard.empty()) // said more than it was asked
        return dismiss(std::move(worker), true);
    const bool is_spent = worker.served >= parameters_.local_child_messages ||
                          now() - worker.born >= seconds(parameters_.local_child_lifetime) ||
                          idle() >= parameters_.launcher_max_children;
    if (is_spent)
        return dismiss(std::move(worker), false);
    worker.idle_since = now();
    idle_[key].push_back(std::move(worker));
    if (!ticker_.running())
        ticker_.start(tick_interval);
}

// The end of its orders ends a child; one that does not answer is killed.
void Workers::dismiss(Worker worker, bool is_stuck)
{
    if (is_stuck)
        nursery_.kill(worker.number);
    worker.stream.reset();
}

void Workers::tick()
{
    for (auto pool = idle_.begin(); pool != idle_.end();) {
        for (auto at = pool->second.begin(); at != pool->second.end();) {
            if (now() - at->idle_since < seconds(parameters_.local_child_idle)) {
                ++at;
                continue;
            }
            dismiss(std::move(*at), false);
            at = pool->second.erase(at);
        }
        pool = pool->second.empty() ? idle_.erase(pool) : std::next(pool);
    }
    const auto gone = nursery_.mourn([](int signal) {
        if (signal != 0 && signal != SIGKILL)
            log::warning("a delivery process was ended by signal " + std::to_string(signal));
    });
    alive_ -= std::min(gone, alive_);
    if (!idle_.empty() || alive_ > 0)
        ticker_.start(tick_interval);
}

}
