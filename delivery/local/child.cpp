#include "delivery/local/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <list>
#include <optional>

#include "common/base/octets.h"
#include "common/ipc/codec.h"
#include "common/process/capabilities.h"
#include "common/process/identity.h"
#include "common/process/jail.h"
#include "common/process/landlock.h"
#include "delivery/local/command.h"
#include "delivery/local/copy.h"
#include "delivery/local/message_filter.h"
#include "delivery/local/permits.h"
#include "delivery/local/user_file.h"

namespace gp::local {
namespace {

// Everything but standard descriptors, the orders and the message.
void close_others(int orders, int large)
{
    const int first = std::min(orders, large < 0 ? orders : large);
    const int second = std::max(orders, large);
    if (first > 3)
        ::close_range(3, static_cast<unsigned>(first - 1), 0);
    if (second > first + 1)
        ::close_range(static_cast<unsigned>(first + 1), static_cast<unsigned>(second - 1), 0);
    ::close_range(static_cast<unsigned>(second + 1), ~0u, 0);
}

Status take_ids(const process::Identity& who)
{
    auto became = process::become(who);
    if (became)
        became = process::reduce_capabilities(0);
    if (became)
        became = process::expect_no_way_back();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the change took it back
    return became ? Status{} : temporary("cannot become uid " + std::to_string(who.uid) + ": " + became.error().text);
}

// The kernel keeps the capabilities of a process that changes from one ordinary uid to another: they go by
// name, and that there is no way back is tried.
//
// `granted`: a group that may be had without being the user's; 0: none.
Status become_user(const launcher::Parameters& parameters, const std::string& login, std::uint32_t uid, std::uint32_t gid,
                   const std::vector<std::uint32_t>& groups, std::uint32_t granted = 0)
{
    if (granted == 0 || gid != granted || !groups.empty())
        TRY(check_groups(parameters, login, uid, gid, groups));
    process::Identity who{.uid = uid, .gid = gid, .groups = {groups.begin(), groups.end()}};
    if (who.groups.empty())
        who.groups = {gid};
    return take_ids(who);
}

// Nothing is filtered where only room is asked for.
bool runs_filter(const Job& job)
{
    return has_message_filter(job) && !job.only_room;
}

bool executes(const Job& job, const Transport& transport)
{
    return transport.executes || runs_filter(job);
}

// As the driver does it, of what the transport filter makes of the message.
delivery::DeliverReply deliver_filtered(const Job& job, const Transport& transport)
{
    if (!has_message_filter(job) || transport.filters_itself)
        return transport.deliver(job);
    const auto filtered = FilteredJob::make(job);
    return filtered ? transport.deliver((*filtered)->job()) : report(job, outcome_of(filtered.error()));
}

Status limit_resources(const Job& job, const Transport& transport)
{
    TRY(process::set_limit(RLIMIT_CORE, 0));
    if (!executes(job, transport) && job.parameters.child_memory_mib)
        TRY(process::set_limit(RLIMIT_AS, job.parameters.child_memory_mib * 1024 * 1024));
    if (job.parameters.child_file_size)
        TRY(process::set_limit(RLIMIT_FSIZE, job.parameters.child_file_size));
    return {};
}

// What runs may do what the user may do: the same as for a pipe.
void allow_programs(bool with_network, process::CallRules& calls)
{
    calls.groups |= process::calls_fork | process::calls_exec | process::calls_kill | process::calls_threads |
                    process::calls_connect_unix | process::calls_accept | process::calls_memfd;
    if (with_network)
        calls.groups |= process::calls_connect_inet;
    calls.forbid_exec_memory = false; // the program is not ours
}

// The places are opened as the recipient; what the kernel cannot wall off is left to the uid.
Status raise_walls(const Job& job, const Transport& transport, const std::vector<std::string>& places)
{
    std::vector<process::PathRule> rules;
    for (const auto& place : places)
        rules.push_back({place, process::path_read | process::path_write});
    if (places.empty())
        rules.push_back({"/", process::path_read | process::path_write | process::path_execute});
    auto files = TRY(process::FileFence::prepare(rules));
    TRY(process::forbid_new_privileges());
    process::PortFence ports;
    ports.connect_anywhere = ports.bind_anywhere = executes(job, transport) && job.parameters.pipe_allow_network;
    TRY(process::restrict_reach(files, ports));
    process::CallRules calls;
    calls.groups = process::calls_open_read | process::calls_open_write | process::calls_sync | process::calls_lock;
    if (executes(job, transport))
        allow_programs(job.parameters.pipe_allow_network, calls);
    if (transport.connects)
        calls.groups |= process::calls_connect_unix;
    if (transport.deliver_many)
        calls.groups |= process::calls_threads; // sync_together
    TRY(process::restrict_calls(calls));
    return {};
}

// What a program may reach that is no transport's.
Status raise_walls_of_program(bool with_network)
{
    TRY(process::set_limit(RLIMIT_CORE, 0));
    auto files = TRY(process::FileFence::prepare({{"/", process::path_read | process::path_write | process::path_execute}}));
    TRY(process::forbid_new_privileges());
    process::PortFence ports;
    ports.connect_anywhere = ports.bind_anywhere = with_network;
    TRY(process::restrict_reach(files, ports));
    process::CallRules calls;
    calls.groups = process::calls_open_read | process::calls_open_write | process::calls_sync | process::calls_lock;
    allow_programs(with_network, calls);
    TRY(process::restrict_calls(calls));
    return {};
}

// A program's child runs it and ends.
Status settle_as_runner(const Upbringing& upbringing, std::uint32_t uid, std::uint32_t gid, const std::string& directory, std::uint32_t granted)
{
    if (upbringing.changes_ids)
        TRY(become_user(upbringing.parameters, {}, uid, gid, {}, granted));
    if (!directory.empty() && ::chdir(directory.c_str()) != 0)
        return system_error("chdir to " + directory);
    return raise_walls_of_program(upbringing.parameters.pipe_allow_network);
}

// Whom PAM's modules and Cyrus SASL run as is in the parameters alone; no question has a say.
Status settle_as_helper(const Upbringing& upbringing, std::uint32_t uid, std::uint32_t gid, const std::vector<std::uint32_t>& groups,
                        bool with_network)
{
    process::Identity who{.uid = uid, .gid = gid, .groups = {groups.begin(), groups.end()}};
    who.groups.push_back(who.gid);
    if (upbringing.changes_ids)
        TRY(take_ids(who));
    if (::chdir("/") != 0)
        return system_error("chdir to /");
    return raise_walls_of_program(with_network);
}

Status settle_as_pam(const Upbringing& upbringing)
{
    const auto& to = upbringing.parameters;
    return settle_as_helper(upbringing, to.pam_uid, to.pam_gid, to.pam_gids, to.pam_allow_network);
}

// Nothing but looking at files, or adding to one: what the user could reach is the wall.
Status settle_as_reader(const Upbringing& upbringing, const auto& question, bool writes)
{
    if (upbringing.changes_ids)
        TRY(become_user(upbringing.parameters, question.login, question.uid, question.gid, question.groups));
    TRY(process::set_limit(RLIMIT_CORE, 0));
    if (upbringing.parameters.child_memory_mib)
        TRY(process::set_limit(RLIMIT_AS, upbringing.parameters.child_memory_mib * 1024 * 1024));
    auto files = TRY(process::FileFence::prepare({{"/", process::path_read | (writes ? process::path_write : 0u)}}));
    TRY(process::forbid_new_privileges());
    TRY(process::restrict_reach(files, {}));
    process::CallRules calls;
    calls.groups = process::calls_open_read | (writes ? process::calls_open_write : 0u);
    TRY(process::restrict_calls(calls));
    return {};
}

// Becomes the recipient, behind walls, for good. The error is why nothing can be delivered.
Status settle_in(const Job& job, const Transport& transport, bool change_ids)
{
    const auto& to = job.instruction();
    if (change_ids)
        TRY(become_user(job.parameters, to.user, to.uid, to.gid, to.groups));
    const auto directory = !to.current_directory.empty() ? to.current_directory : to.home;
    if (!directory.empty() && ::chdir(directory.c_str()) != 0 && !to.current_directory.empty())
        return system_error("chdir to " + directory);
    if (transport.prepare)
        transport.prepare(job);
    const auto places = runs_filter(job) ? std::vector<std::string>{} : TRY(transport.places(job));
    auto walled = limit_resources(job, transport);
    if (walled)
        walled = raise_walls(job, transport, places);
    if (!walled)
        return temporary("the walls of a local delivery cannot be raised: " + walled.error().text);
    return {};
}

bool send_report(int launcher, const auto& reply)
{
    return static_cast<bool>(write_all(launcher, framed(ipc::encode(reply)), "the launcher"));
}

// What the launcher wants, one order after the other. Those of a batch come together and are read together; what
// it answers to a letter (submit) comes when all orders that it has given are read.
class Orders {
public:
    explicit Orders(int launcher) : launcher_(launcher) {}

    std::optional<Order> next()
    {
        if (!have(frame_head))
            return std::nullopt;
        const auto size = framed_size(std::string_view(heard_).substr(at_));
        if (!have(frame_head + size))
            return std::nullopt;
        auto order = ipc::decode<Order>(std::string_view(heard_).substr(at_ + frame_head, size));
        at_ += frame_head + size;
        if (at_ == heard_.size()) {
            heard_.clear();
            at_ = 0;
        }
        return order ? std::optional{std::move(order).take()} : std::nullopt;
    }

private:
    bool have(std::size_t size)
    {
        constexpr std::size_t piece = 64 * 1024;
        if (heard_.size() - at_ >= size)
            return true;
        heard_.erase(0, std::exchange(at_, 0));
        while (heard_.size() < size) {
            const auto before = heard_.size();
            heard_.resize(std::max(size, before + piece));
            const auto got = ::read(launcher_, heard_.data() + before, heard_.size() - before);
            heard_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
            if (got == 0 || (got < 0 && errno != EINTR))
                return false;
        }
        return true;
    }

    const int launcher_;
    std::string heard_;
    std::size_t at_ = 0; // in it
};

bool serve_program(const Upbringing& upbringing, int launcher, const launcher::ProgramQuestion& question)
{
    constexpr std::size_t most_words = 4096, most_output = 4 * 1024 * 1024; // a frame has no more room
    const auto& parameters = upbringing.parameters;
    const auto fail = [&](const Error& why) {
        launcher::ProgramReply reply;
        reply.failure = why.text;
        return send_report(launcher, reply);
    };
    ::signal(SIGPIPE, SIG_DFL);
    if (const auto settled = settle_as_runner(upbringing, question.uid, question.gid, question.directory, question.is_expansion ? parameters.scan_gid : 0u); !settled)
        return fail(settled.error());
    const bool is_run = question.is_expansion;
    const CommandLimits limits{.timeout = Duration{std::int64_t{question.timeout} * 1000},
                               .max_output = is_run ? std::min<std::size_t>(parameters.run_output_max, most_output) : most_words,
                               .umask = is_run ? 0077u : 022u,
                               .takes_errors = is_run,
                               .ends_when_full = is_run};
    const auto environment = is_run ? parameters.run_environment : std::vector<std::string>{"PATH=/bin:/usr/bin"};
    const auto ran = run_command(question.words, environment, limits, [](int) { return Status{}; });
    if (!ran)
        return fail(ran.error());
    const launcher::ProgramReply reply{.timed_out = ran->timed_out, .started = ran->started, .signalled = ran->signalled, .code = ran->code,
                                       .too_much = ran->too_much_output, .output = ran->output, .failure = {}};
    return send_report(launcher, reply);
}

// One password, and the end.
bool serve_password(const Upbringing& upbringing, int launcher, const Order& order)
{
    launcher::ProgramReply reply;
    ::signal(SIGPIPE, SIG_DFL);
    if (upbringing.pam_program.empty()) {
        reply.failure = "the launcher cannot tell where the program pam is";
        return send_report(launcher, reply);
    }
    if (const auto settled = settle_as_pam(upbringing); !settled) {
        reply.failure = settled.error().text;
        return send_report(launcher, reply);
    }
    constexpr std::size_t most_output = 4096;
    const CommandLimits limits{.timeout = Duration{std::int64_t{order.program.timeout} * 1000}, .max_output = most_output, .umask = 077, .takes_errors = false};
    const auto ran = run_command({upbringing.pam_program}, {"PATH=/bin:/usr/bin"}, limits,
                                 [&](int into) -> Status { return write_all(into, order.input, "the program pam"); });
    if (!ran)
        reply.failure = ran.error().text;
    else
        reply = {.timed_out = ran->timed_out, .started = ran->started, .signalled = ran->signalled, .code = ran->code, .too_much = ran->too_much_output,
                 .output = ran->output, .failure = {}};
    return send_report(launcher, reply);
}

// The child turns into the program that judges one login, whose verdict goes to router; the launcher hears only of what
// kept it from that.
bool serve_login(const Upbringing& upbringing, int launcher, int talk)
{
    launcher::ProgramReply reply;
    const auto& to = upbringing.parameters;
    ::signal(SIGPIPE, SIG_DFL);
    const auto fail = [&](std::string why) {
        reply.failure = std::move(why);
        return send_report(launcher, reply);
    };
    if (upbringing.sasl_program.empty())
        return fail("the launcher cannot tell where the program sasl is");
    if (const auto settled = settle_as_helper(upbringing, to.sasl_uid, to.sasl_gid, to.sasl_gids, to.sasl_allow_network); !settled)
        return fail(settled.error().text);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || ::dup2(talk, STDIN_FILENO) < 0 || ::dup2(nothing, STDOUT_FILENO) < 0 || ::dup2(nothing, STDERR_FILENO) < 0)
        return fail(system_error("descriptors of the program sasl").text);
    // The launcher kills a child whose socket has ended: the program keeps it open, and says nothing there.
    if (::fcntl(launcher, F_SETFD, 0) != 0 || ::fcntl(talk, F_SETFD, FD_CLOEXEC) != 0)
        return fail(system_error("fcntl").text);
    char* const words[] = {const_cast<char*>(upbringing.sasl_program.c_str()), nullptr};
    char path[] = "PATH=/bin:/usr/bin";
    char* const environment[] = {path, nullptr};
    ::execve(words[0], words, environment);
    return fail(system_error("execve of " + upbringing.sasl_program).text);
}

// The filter of a message on its way to another host, and the end.
bool serve_filter(const Upbringing& upbringing, int launcher, const launcher::FilterQuestion& question, int message)
{
    ::signal(SIGPIPE, SIG_DFL);
    if (const auto settled = settle_as_runner(upbringing, question.uid, question.gid, "/", 0); !settled) {
        launcher::ProgramReply reply;
        reply.failure = settled.error().text;
        return send_report(launcher, reply);
    }
    return send_report(launcher, filter_file(question, message, upbringing.parameters.child_memory_mib));
}

// What the configuration does not name is as if the user might not see it.
launcher::FileReply look_if_permitted(const Upbringing& upbringing, const launcher::FileQuestion& question, const std::string& home)
{
    const auto& parameters = upbringing.parameters;
    const bool permitted = question.kind == launcher::FileQuestion::Kind::append
                               ? !upbringing.changes_ids || std::ranges::count(parameters.journal_uids, question.uid) > 0
                               : may_look_at(parameters, question.uid, question.path, home);
    if (!upbringing.checks_permits || permitted)
        return look_at(question);
    launcher::FileReply reply;
    reply.error = EACCES;
    reply.is_unnamed = true;
    return reply;
}

// A child that looks at files does nothing else in its life, and does it for one login. One that cannot become the
// user says why.
bool serve_reader(const Upbringing& upbringing, int launcher, std::optional<Order> order, Orders& orders)
{
    const auto home = home_of(order->file.login, order->file.uid);
    if (const auto settled = settle_as_reader(upbringing, order->file, order->file.kind == launcher::FileQuestion::Kind::append); !settled) {
        launcher::FileReply reply;
        reply.failure = settled.error().text;
        return send_report(launcher, reply);
    }
    for (; order && order->is_look; order = orders.next())
        if (!send_report(launcher, look_if_permitted(upbringing, order->file, home)))
            return false;
    return !order;
}

// One file, and the end: what it said may have subverted us.
bool serve_interpreter(const Upbringing& upbringing, int launcher, const launcher::InterpretQuestion& question)
{
    const bool writes = question.delivers && question.language == launcher::InterpretQuestion::Language::exim;
    if (!upbringing.interpreter)
        return false;
    const auto home = home_of(question.login, question.uid);
    if (const auto settled = settle_as_reader(upbringing, question, writes); !settled) {
        launcher::InterpretReply reply;
        reply.is_good = false;
        reply.is_unsettled = true;
        reply.error = settled.error().text;
        return send_report(launcher, reply);
    }
    return send_report(launcher, upbringing.interpreter->obey(question, home));
}

// In an ordinary user's instance all authority is that user's.
bool needs_no_ticket(const Upbringing& upbringing, const Order& order)
{
    return order.has_ticket || !upbringing.changes_ids;
}

// The delivery is done, and a letter that is not taken does not undo it.
void send_letters(const Job& job)
{
    for (const auto& letter : *job.letters)
        static_cast<void>(submit(job, letter));
}

// Does the configuration have such a delivery, and those that it may come to by file_format?
Status check_permits(const Upbringing& upbringing, const Order& order, const std::string& home)
{
    if (!upbringing.checks_permits)
        return {};
    const auto& instruction = order.request.instruction;
    TRY(check_delivery(upbringing.parameters, instruction, needs_no_ticket(upbringing, order), home));
    for (const auto& other : instruction.formats)
        TRY(check_delivery(upbringing.parameters, router::of_transport(instruction, other), needs_no_ticket(upbringing, order), home));
    return {};
}

// As the driver does it, if the configuration has such a delivery.
delivery::DeliverReply deliver_if_permitted(const Upbringing& upbringing, const Order& order, const Job& job, const Transport& transport,
                                           const std::string& home)
{
    const auto permitted = check_permits(upbringing, order, home);
    return permitted ? deliver_filtered(job, transport) : report(job, deferred(permitted.error().text));
}

// Is there room in the mailbox of such a delivery?
launcher::RoomReply room_if_permitted(const Upbringing& upbringing, const Order& order, const Job& job, const Transport& transport,
                                      const std::string& home)
{
    auto found = check_permits(upbringing, order, home);
    if (found)
        found = transport.room ? transport.room(job) : Status{permanent("the transport has no quota")};
    if (found)
        return {.room = launcher::Room::enough, .text = {}};
    return {.room = found.error().cause == Cause::no_space ? launcher::Room::none : launcher::Room::unknown, .text = found.error().text};
}

// One question, and the end.
bool answer_room(const Upbringing& upbringing, int launcher, const Order& order, const Transport& transport)
{
    const Options options{order.request.instruction.options};
    const Job job{.request = order.request, .message = order.message, .parameters = upbringing.parameters, .options = options,
                  .launcher = launcher, .only_room = true};
    const auto home = home_of(job.instruction().user, job.instruction().uid);
    const auto settled = settle_in(job, transport, upbringing.changes_ids);
    return send_report(launcher, settled ? room_if_permitted(upbringing, order, job, transport, home)
                                         : launcher::RoomReply{.room = launcher::Room::unknown, .text = settled.error().text});
}

// A delivery, as long as it is being done.
struct Task {
    explicit Task(Order told, const Upbringing& upbringing, int launcher)
        : order(std::move(told)), options(order.request.instruction.options),
          job{.request = order.request, .message = order.message, .parameters = upbringing.parameters, .options = options,
              .launcher = launcher, .letters = &letters}
    {
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    const Order order;
    const Options options;
    std::vector<std::string> letters;
    const Job job;
};

// Together what may be done together; the reports in the order of the orders, and at once where no letter is between.
bool deliver_together(const Upbringing& upbringing, const std::list<Task>& tasks, const Transport& transport, const std::string& home)
{
    std::vector<const Job*> jobs;
    std::vector<Status> permitted;
    for (const auto& task : tasks) {
        permitted.push_back(check_permits(upbringing, task.order, home));
        if (permitted.back())
            jobs.push_back(&task.job);
    }
    const auto outcomes = jobs.empty() ? std::vector<delivery::Outcome>{} : transport.deliver_many(jobs);
    const auto send = [](std::string& reports, int launcher) {
        const auto said = std::exchange(reports, {});
        return said.empty() || write_all(launcher, said, "the launcher");
    };
    std::size_t at = 0, done = 0;
    std::string reports;
    for (const auto& task : tasks) {
        const auto& allowed = permitted[at++];
        const auto reply = report(task.job, allowed ? outcomes[done++] : deferred(allowed.error().text));
        if (!task.letters.empty() && !send(reports, task.job.launcher))
            return false;
        send_letters(task.job);
        reports += framed(ipc::encode(reply));
    }
    return send(reports, tasks.front().job.launcher);
}

// The rest of what is to be done together with `first`.
bool serve_batch(const Upbringing& upbringing, int launcher, Order first, const Transport& transport, const std::string& home, Orders& orders)
{
    std::list<Task> tasks;
    tasks.emplace_back(std::move(first), upbringing, launcher);
    while (tasks.back().order.more) {
        auto order = orders.next();
        if (!order || order->request.instruction.driver != transport.name)
            return false;
        tasks.emplace_back(std::move(*order), upbringing, launcher);
    }
    return deliver_together(upbringing, tasks, transport, home);
}

// One job after the other, by the same user behind the same walls: those of the first one.
bool serve(const Upbringing& upbringing, int launcher, int large)
{
    Status settled;
    std::string home; // of the password file, which is out of reach later
    Orders orders{launcher};
    for (bool is_first = true; auto order = orders.next(); is_first = false) {
        if (order->is_program)
            return is_first && (order->is_password ? serve_password(upbringing, launcher, *order) : serve_program(upbringing, launcher, order->program));
        if (order->is_login)
            return is_first && large >= 0 && serve_login(upbringing, launcher, large);
        if (order->is_filter)
            return is_first && large >= 0 && serve_filter(upbringing, launcher, order->filter, large);
        if (order->is_interpretation)
            return is_first && serve_interpreter(upbringing, launcher, order->interpretation);
        if (order->is_look)
            return is_first && serve_reader(upbringing, launcher, std::move(order), orders);
        const auto* transport = upbringing.transports.find(order->request.instruction.driver);
        if (!transport)
            return false;
        if (order->only_room)
            return is_first && answer_room(upbringing, launcher, *order, *transport);
        if (is_first && large >= 0)
            order->message.large = ipc::Fd{OwnedFd{large}};
        const Options options{order->request.instruction.options};
        std::vector<std::string> letters;
        const Job job{.request = order->request, .message = order->message, .parameters = upbringing.parameters, .options = options,
                      .launcher = launcher, .letters = &letters};
        if (is_first) {
            ::signal(SIGPIPE, order->last ? SIG_DFL : SIG_IGN);
            home = home_of(job.instruction().user, job.instruction().uid);
            settled = settle_in(job, *transport, upbringing.changes_ids);
        }
        if (order->more && settled) {
            if (!transport->deliver_many || !serve_batch(upbringing, launcher, std::move(*order), *transport, home, orders))
                return false;
            continue;
        }
        const auto reply = settled ? deliver_if_permitted(upbringing, *order, job, *transport, home) : report(job, outcome_of(settled.error()));
        send_letters(job);
        if (!send_report(launcher, reply))
            return false;
        if (order->last || !settled)
            break;
    }
    return true;
}

}

Status submit(const Job& job, std::string octets)
{
    delivery::DeliverReply words;
    words.new_message = std::move(octets);
    std::string head(frame_head, '\0');
    if (!send_report(job.launcher, words) || !read_exactly(job.launcher, head.data(), head.size()))
        return temporary("the launcher is gone");
    std::string why(framed_size(head), '\0');
    if (!read_exactly(job.launcher, why.data(), why.size()))
        return temporary("the launcher is gone");
    return why.empty() ? Status{} : temporary(why);
}

void live_and_exit(const Upbringing& upbringing, int orders, int large)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the launcher is gone: nobody would hear the outcome
    ::prctl(PR_SET_NAME, "delivery");
    ::setsid();
    ::signal(SIGCHLD, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGXFSZ, SIG_IGN); // a write beyond the limit fails, and what was written is taken back
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    close_others(orders, large);
    ::umask(077);
    ::_exit(serve(upbringing, orders, large) ? 0 : 1);
}

}
