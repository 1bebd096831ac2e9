#include "master/fleet.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/memfd.h"
#include "common/service/privileges.h"
#include "master/config_run.h"

namespace gp::master {
namespace {

using namespace service;

bool asks(const Child& one, const Child& other)
{
    const auto* row = privileges_of(one.program);
    if (!row || one.program == other.program)
        return false;
    const auto names = asked_by(*row, one.flags);
    return std::ranges::find(names, other.program) != names.end();
}

// An old process goes on asking those of its own time; those who stay are there for all.
bool may_ask(const Child& one, const Child& other)
{
    if (!asks(one, other))
        return false;
    return one.generation == other.generation || other.stays ||
           (one.stays && !other.must_leave && !other.is_leaving());
}

}

Result<Child*> Fleet::start(const Setup& setup, const ImageService& row, int stderr_fd)
{
    auto child = TRY(spawn(row, stderr_fd));
    child->generation = setup.generation;
    setup.introduce(*child, true);
    children_.push_back(std::move(child));
    connect(*children_.back());
    return children_.back().get();
}

Result<std::unique_ptr<Child>> Fleet::spawn(const ImageService& row, int stderr_fd)
{
    auto child = std::make_unique<Child>();
    child->pool = service::text_of(row.name);
    child->program = service::text_of(row.program);
    child->number = free_number(child->program);
    child->stays = (row.flags & stays_over_reload) != 0;
    child->flags = row.flags;
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_SEQPACKET));
    if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0)
        return system_error("fcntl");
    process::Command command;
    command.path = directory_ + "/" + child->program;
    command.arguments = {"gatepost: " + child->name()};
    command.environment = service_environment();
    command.descriptors = {{stderr_fd, STDERR_FILENO}, {theirs.get(), control_fd}};
    command.own_session = true;
    command.death_signal = SIGKILL;
    child->process = TRY(process::start(command));
    child->socket = std::move(ours);
    child->started = child->last_heard = std::chrono::steady_clock::now();
    return child;
}

std::uint32_t Fleet::free_number(std::string_view program) const
{
    std::uint32_t number = 1;
    while (std::ranges::any_of(
        children_, [&](const auto& child) { return child->program == program && child->number == number; }))
        ++number;
    return number;
}

void Fleet::remove(const Child& child)
{
    std::erase_if(children_, [&](const auto& one) { return one.get() == &child; });
}

void Fleet::connect(Child& newcomer)
{
    for (const auto& other : children_) {
        if (other.get() == &newcomer)
            continue;
        if (may_ask(newcomer, *other))
            make_edge(newcomer, *other);
        if (may_ask(*other, newcomer))
            make_edge(*other, newcomer);
    }
    if (newcomer.program == "log")
        connect_log(newcomer);
    if (host_)
        connect_host(newcomer);
}

void Fleet::connect_host(Child& child) const
{
    const auto* row = privileges_of(child.program);
    for (const auto name : row ? asked_by(*row, child.flags) : std::vector<std::string_view>{}) {
        if (!host_->is_asked(name))
            continue;
        if (auto connected = host_->connect(child, name); !connected)
            log::alarm("cannot connect " + child.name() + " with the running suite's " + std::string(name) + ": " +
                       connected.error().text);
    }
}

Child* Fleet::newest(std::string_view program) const
{
    Child* found = nullptr;
    for (const auto& child : children_)
        if (child->program == program && !child->is_leaving() && !child->must_leave)
            found = child.get();
    return found;
}

// keyd hears of which pool an asker is, whose secrets are not those of another pool of the same program.
std::string Fleet::known_as(const Child& asking, const Child& answering)
{
    const bool is_told = answering.program == "keyd" && asking.pool != asking.program;
    return is_told ? asking.program + "@" + asking.pool : asking.program;
}

void Fleet::make_edge(Child& asking, Child& answering)
{
    auto pair = process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK);
    if (!pair)
        return log::alarm("cannot connect " + asking.name() + " with " + answering.name() + ": " +
                          pair.error().text);
    asking.tell(control_frame(Control::edge, answering.program, answering.number, EdgeRole::asks),
                std::make_shared<OwnedFd>(std::move(pair->first)));
    answering.tell(control_frame(Control::edge, known_as(asking, answering), asking.number, EdgeRole::answers),
                   std::make_shared<OwnedFd>(std::move(pair->second)));
}

void Fleet::connect_log(Child& child)
{
    auto pair = process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK);
    if (!pair || !on_log)
        return;
    child.tell(control_frame(Control::edge, "master", 1, EdgeRole::answers),
               std::make_shared<OwnedFd>(std::move(pair->second)));
    on_log(std::move(pair->first));
}

void Fleet::withdraw_older_than(std::uint32_t generation)
{
    for (const auto& one : children_)
        for (const auto& other : children_)
            if (one->stays && !other->stays && other->generation < generation && asks(*one, *other))
                one->tell(control_frame(Control::edge, other->program, other->number,
                                        static_cast<std::uint16_t>(EdgeRole::asks | EdgeRole::withdrawn)));
}

}
