#include "common/service/boot.h"

#include "common/base/printable.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "common/service/detail/jailed_impl.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace gp::service {
namespace {

constexpr int exit_software = 70; // EX_SOFTWARE of sysexits.h

std::string program_name = "service"; // for die(), which anyone may call

// What each process sees of its configuration at most: the image's own bound.
constexpr std::size_t most_block = 256 * 1024 * 1024;

}

void Boot::die(std::string_view why)
{
    const auto line = "gatepost " + program_name + ": " + std::string(why) + "\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    ::_exit(exit_software);
}

Boot::Boot(std::string_view service, int, char**)
{
    program_name = service;
    log::set_program(service);
    auto socket = ControlSocket::inherited();
    if (!socket)
        die(socket.error().text);
    impl_ = std::make_unique<Jailed::Impl>(service, std::move(*socket));
    impl_->row = privileges_of(service);
    if (!impl_->row)
        die("has no row in the table of privileges");
    // A write to a connection that is gone is an error like any other; a hangup of a terminal is none of
    // ours.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    impl_->hear_until_go();
    program_name += "/" + std::to_string(impl_->number);
    log::set_program(program_name);
    impl_->read_instance();
}

Boot::~Boot() = default;

// The first frames, blocking.
void Jailed::Impl::hear_until_go()
{
    for (;;) {
        auto message = control.receive();
        if (!message)
            Boot::die(message.error().text);
        if (!*message)
            continue;
        auto& frame = (*message)->frame;
        switch (frame.type) {
        case Control::block:
            take_block(blocks, std::move(**message));
            break;
        case Control::listener: {
            auto one = std::make_unique<Listening>();
            one->fd = std::move((*message)->fd);
            one->info = {std::string((*message)->name()), frame.value, one->fd.get()};
            if (!one->fd)
                Boot::die("a listener without its socket");
            listeners.push_back(std::move(one));
            break;
        }
        case Control::go:
            number = frame.value;
            return;
        case Control::retire:
        case Control::stop:
            ::_exit(0); // before anything began
        default:
            Boot::die("a control frame that has no place before go");
        }
    }
}

void Jailed::Impl::take_block(Blocks& into, ControlMessage message)
{
    if (!message.fd)
        Boot::die("a block without its file");
    auto file = process::MappedFile::open(message.fd.get(), most_block);
    if (!file)
        Boot::die("block " + std::string(message.name()) + ": " + file.error().text);
    into[std::string(message.name())] = std::move(*file);
}

void Jailed::Impl::read_instance()
{
    auto decoded = ipc::decode<Instance>(block("instance"));
    if (!decoded)
        Boot::die("block instance: " + decoded.error().text);
    instance = std::move(*decoded);
    print_top_bit(instance.print_topbitchars);
}

std::string_view Jailed::Impl::block(std::string_view name) const
{
    const auto found = blocks.find(name);
    return found == blocks.end() ? std::string_view{} : found->second.octets();
}

std::string_view Boot::block(std::string_view name) const
{
    return impl_->block(name);
}

const Instance& Boot::instance() const
{
    return impl_->instance;
}

std::uint32_t Boot::max_sessions() const
{
    return impl_->instance.max_sessions;
}

unsigned Boot::process_number() const
{
    return impl_->number;
}

void Boot::allow_read(std::string path)
{
    impl_->instance.read_paths.push_back(std::move(path));
}

void Boot::allow_write(std::string path)
{
    impl_->instance.write_paths.push_back(std::move(path));
}

void Boot::allow_calls(std::uint32_t calls)
{
    impl_->instance.calls |= calls;
}

void Boot::forget_block(std::string_view name)
{
    if (const auto found = impl_->blocks.find(name); found != impl_->blocks.end())
        impl_->blocks.erase(found);
}

void Boot::as_user(std::function<Status()> open)
{
    impl_->as_user.push_back(std::move(open));
}

void Boot::set_loop_limits(const event::Loop::Limits& limits)
{
    impl_->loop_limits = limits;
}

Jailed Boot::enter_jail() &&
{
    auto& impl = *impl_;
    // The loop's own descriptors are made while that is still possible.
    impl.loop = std::make_unique<event::Loop>(impl.loop_limits);
    impl.control.make_nonblocking();
    auto plan = jail_plan(*impl.row, impl.instance);
    plan.as_user = [&impl]() -> Status {
        for (const auto& open : impl.as_user)
            TRY(open());
        return {};
    };
    auto report = process::enter_jail(plan);
    if (!report)
        die("cannot enter its jail: " + report.error().text);
    impl.report = std::move(*report);
    const auto missing = process::wall_names(impl.report.missing);
    if (impl.report.missing && impl.instance.require_sandbox)
        die("missing walls (require_sandbox): " + missing);
    impl.install_log();
    for (const auto& path : impl.report.absent)
        log::panic_alone("wall: files: " + path + " cannot be opened and stays out of reach");
    for (const auto& note : impl.report.notes)
        log::remark("wall: " + note);
    return Jailed{std::move(impl_)};
}

}
