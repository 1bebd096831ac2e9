// A service at work: edges become channels, connections become fibers, until master says stop or is gone.
#include "common/service/boot.h"

#include "common/base/counters.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/drill.h"
#include "common/process/footprint.h"
#include "common/service/image.h"
#include "common/service/detail/jailed_impl.h"

#include <csignal>

namespace gp::service {
namespace {

// An orphaned service has this long to finish.
constexpr Duration orphan_patience{5'000};

// SIGTERM from an administrator, who knows why.
constexpr Duration signal_patience{10'000};

// How often a service that ends looks whether everything is finished.
constexpr Duration end_interval{5};

// A service that began so long ago has run what only its start needs.
constexpr Duration settling{700};

// For the last lines to the log service.
constexpr Duration last_lines_patience{1'000};

}

Jailed::Impl::~Impl() = default;

// --- the log ---

// The log service itself writes what it has to say.
void Jailed::Impl::install_log()
{
    if (service == "log")
        return;
    log = std::make_unique<LogFunnel>(link("log"));
    log::set_sink([this](const log::Entry& entry) { log->add(entry); });
}

void Jailed::Impl::send_counts()
{
    Counters::of_process().flush([this](const std::string& words, std::uint32_t by) { return control.send_count(words, by); });
}

void Jailed::Impl::send_last_lines()
{
    if (!log)
        return;
    log->flush();
    auto& to = link("log");
    auto until = event::Deadline::in(last_lines_patience);
    auto sent = loop->spawn("last lines", [this, &to, until] {
        for (auto channel = to.best(); channel && !until.expired(); channel = to.best()) {
            event::yield(); // what is said in a turn leaves at its end
            if (log->empty() && channel->waiting_octets() == 0)
                break;
            event::sleep_for(end_interval);
        }
        loop->stop();
    });
    if (sent)
        loop->run();
    log::set_sink({});
}

// --- what master says ---

void Jailed::Impl::hear()
{
    for (;;) {
        auto message = control.receive();
        if (!message) {
            log::warning(message.error().text + "; ending");
            control_watch.reset();
            control.close();
            return begin_end(orphan_patience);
        }
        if (!*message)
            return;
        obey(std::move(**message));
    }
}

void Jailed::Impl::obey(ControlMessage message)
{
    const auto patience = Duration{std::int64_t{message.frame.value} * 1000};
    switch (message.frame.type) {
    case Control::edge:
        return message.frame.flags & EdgeRole::withdrawn ? withdraw(message) : connect(std::move(message));
    case Control::retire:
    case Control::stop:
        return begin_end(patience);
    case Control::reload:
        blocks_to_come.clear();
        return;
    case Control::block:
        return take_block(blocks_to_come, std::move(message));
    case Control::go:
        return reload_done();
    case Control::open:
        if (serving->on_client && !stopping && !std::exchange(opened, true))
            listen();
        return;
    default:
        log::warning("a control frame of type " + std::to_string(static_cast<int>(message.frame.type)) +
                     " that is not for a service");
    }
}

void Jailed::Impl::connect(ControlMessage message)
{
    const std::string other{message.name()};
    const auto name = other + "/" + std::to_string(message.frame.value);
    if (!message.fd)
        return log::warning("edge to " + name + " without a descriptor");
    if (message.frame.flags & EdgeRole::asks) {
        const auto hears = notices.find(other);
        auto channel =
            ipc::Channel::open(std::move(message.fd), name, hears == notices.end() ? nullptr : hears->second);
        asked[name] = channel;
        channel->on_close([this, name, gone = channel.get()] {
            if (const auto found = asked.find(name); found != asked.end() && found->second.get() == gone)
                asked.erase(found);
        });
        return link(other).add(std::move(channel));
    }
    if (!serving->endpoint)
        return log::warning(name + " wants to ask, but nothing is answered here");
    auto channel = ipc::Channel::open(std::move(message.fd), name, serving->endpoint);
    answering.push_back(channel);
    channel->on_close([this, gone = channel.get()] {
        std::erase_if(answering, [gone](const auto& one) { return one.get() == gone; });
    });
}

// Calls under way hold the channel until they are answered.
void Jailed::Impl::withdraw(const ControlMessage& message)
{
    const auto name = std::string(message.name()) + "/" + std::to_string(message.frame.value);
    const auto found = asked.find(name);
    if (found == asked.end())
        return;
    link(message.name()).remove(found->second.get());
    asked.erase(found);
}

void Jailed::Impl::reload_done()
{
    blocks_before = std::exchange(blocks, std::exchange(blocks_to_come, {}));
    if (serving->on_reload)
        serving->on_reload();
}

// --- clients ---

std::size_t Jailed::Impl::most_clients() const
{
    if (serving->max_clients)
        return serving->max_clients;
    return instance.max_sessions ? instance.max_sessions : loop_limits.fibers;
}

void Jailed::Impl::listen()
{
    listening = true;
    for (auto& one : listeners)
        one->accepting = std::make_unique<event::Listener>(
            one->fd.get(),
            event::Listener::AcceptedFrom{
                [this, &listener = *one](OwnedFd socket, const sockaddr_storage& peer, socklen_t length) {
                    greet(std::move(socket), listener, peer, length);
                }},
            [label = one->info.label](const Error& error) {
                log::alarm("listener " + label + ": " + error.text);
            });
}

// Beyond the bound connections wait in the kernel's queue, where another process may take them.
void Jailed::Impl::pause_or_resume()
{
    const bool wanted = clients < most_clients();
    if (wanted == listening)
        return;
    listening = wanted;
    for (auto& one : listeners)
        if (one->accepting)
            wanted ? one->accepting->resume() : one->accepting->pause();
}

void Jailed::Impl::greet(OwnedFd socket, const Listening& listener, const sockaddr_storage& peer,
                         socklen_t peer_length)
{
    struct Present {
        Impl& impl;
        explicit Present(Impl& here) : impl(here) { ++impl.clients; }
        ~Present()
        {
            --impl.clients;
            impl.pause_or_resume();
        }
        Present(const Present&) = delete;
        Present& operator=(const Present&) = delete;
    };
    if (serving->on_accept)
        serving->on_accept(listener.info);
    auto client = std::make_shared<Client>(Client{std::move(socket), &listener.info, peer, peer_length});
    auto present = std::make_shared<Present>(*this);
    auto begun = loop->spawn("client " + std::to_string(++clients_ever),
                             [this, client = std::move(client), present = std::move(present)] {
                                 serving->on_client(std::move(*client));
                             });
    if (!begun && !std::exchange(spawn_failure_told, true))
        log::alarm("a connection on " + listener.info.label + " was dropped: " + begun.error().text);
    pause_or_resume();
}

// --- the end ---

std::size_t Jailed::Impl::answers_under_way() const
{
    std::size_t count = 0;
    for (const auto& channel : answering)
        count += channel->answering();
    for (const auto& [name, channel] : asked)
        count += channel->answering();
    return count;
}

void Jailed::Impl::begin_end(Duration within)
{
    const bool first = !std::exchange(stopping, true);
    end_by = end_by.sooner(event::Deadline::in(within));
    if (!first)
        return;
    for (auto& one : listeners) {
        one->accepting.reset();
        one->fd.reset();
    }
    if (serving->on_stop)
        serving->on_stop();
    end_check = std::make_unique<event::Timer>([this] { check_end(); });
    end_check->start_every(end_interval);
}

void Jailed::Impl::check_end()
{
    const bool busy = clients > 0 || answers_under_way() > 0 || (serving->is_busy && serving->is_busy());
    if (busy && !end_by.expired())
        return;
    if (busy)
        log::warning("ending with " + std::to_string(clients) + " conversations and " +
                     std::to_string(answers_under_way()) + " answers unfinished");
    end_check->cancel();
    loop->stop();
}

// --- the public face ---

ipc::Link& Jailed::Impl::link(std::string_view other)
{
    const auto known = asked_by(*row, asks_at_need); // without the need no channel comes
    if (std::ranges::find(known, other) == known.end())
        panic(service + " asks " + std::string(other) + " only when the table of privileges says so");
    auto& found = links[std::string(other)];
    if (!found)
        found = std::make_unique<ipc::Link>(std::string(other));
    return *found;
}

Jailed::Jailed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Jailed::Jailed(Jailed&&) noexcept = default;

Jailed::~Jailed()
{
    if (impl_ && impl_->log)
        log::set_sink({});
}

event::Loop& Jailed::loop()
{
    return *impl_->loop;
}

ipc::Link& Jailed::dial(std::string_view service, ipc::Dispatcher* notices)
{
    if (notices)
        impl_->notices[std::string(service)] = notices;
    return impl_->link(service);
}

unsigned Jailed::process_number() const
{
    return impl_->number;
}

const Instance& Jailed::instance() const
{
    return impl_->instance;
}

std::string_view Jailed::block(std::string_view name) const
{
    return impl_->block(name);
}

std::size_t Jailed::clients() const
{
    return impl_->clients;
}

Status Jailed::write_line(std::string_view text, event::Deadline until)
{
    return impl_->log->write({log::File::main, SystemClock{}.now(), text}, until);
}

int Jailed::serve(const Serving& serving)
{
    auto& impl = *impl_;
    impl.serving = &serving;
    const event::SignalWatch on_term{SIGTERM, [&] { impl.begin_end(signal_patience); }};
    const event::SignalWatch on_interrupt{SIGINT, [] {}}; // a terminal's: master hears it and says stop
    std::optional<event::SignalWatch> on_drill;
    if (process::drill::rehearsal)
        on_drill.emplace(SIGUSR2, [] {
            for (const auto& line : process::drill::rehearsal())
                log::remark("drill: " + line);
        });
    impl.control_watch = std::make_unique<event::FdWatch>(impl.control.fd());
    impl.control_watch->on_readable([&] { impl.hear(); });
    if (serving.on_start)
        serving.on_start();
    impl.control.send(Control::ready, impl.report.standing, static_cast<std::uint16_t>(impl.report.landlock));
    impl.alive = std::make_unique<event::Timer>([&] {
        impl.send_counts();
        impl.control.send(Control::alive,
                          static_cast<std::uint32_t>(impl.clients + impl.answers_under_way()));
    });
    impl.alive->start_every(Duration{watchdog_interval * 1000} / 2);
    event::Timer settled{[] { process::give_back_memory(); }};
    settled.start(settling);
    impl.loop->run();

    settled.cancel();
    impl.alive.reset();
    impl.send_counts();
    impl.send_last_lines();
    impl.control_watch.reset();
    impl.loop->end();
    impl.answering.clear();
    impl.asked.clear();
    return 0;
}

}
