// What a conversation costs: a switch of fibers, a new fiber, a call to another process, alone and among
// others. Run the release build; DESIGN.md sections 3, 5 and 6 have the figures that it must keep.

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/event/line_reader.h"
#include "common/ipc/endpoint.h"
#include "tests/support/sockets.h"

namespace {

using namespace gp;

struct Answer {
    std::uint64_t number = 0;
    std::string text;
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("text", self.text);
    }
};
// About as large as a question about one recipient.
struct Question {
    static constexpr std::string_view name = "question";
    using Reply = Answer;
    std::uint64_t number = 0;
    std::string sender, recipient, host;
    static void fields(auto& self, auto&& field)
    {
        field("number", self.number);
        field("sender", self.sender);
        field("recipient", self.recipient);
        field("host", self.host);
    }
};

class Answers final : public ipc::Endpoint<Question> {
public:
    Result<Answer> answer(const Question& question, ipc::Channel&) override
    {
        return Answer{question.number, question.recipient};
    }
    void peer_gone(ipc::Channel&) override { event::Loop::current().stop(); }
};

const Question question{1, "someone@example.org", "someone.else@example.com", "192.0.2.17"};

// A process that answers, until its parent closes the channel.
class Server {
public:
    Server()
    {
        auto [ours, theirs] = test::socket_pair();
        pid_ = ::fork();
        if (pid_ != 0) {
            socket_ = std::move(ours);
            return;
        }
        ours.reset();
        event::Loop loop;
        Answers answers;
        const auto channel = ipc::Channel::open(std::move(theirs), "parent", &answers);
        loop.run();
        ::_exit(0);
    }
    ~Server() { ::waitpid(pid_, nullptr, 0); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    OwnedFd take() { return std::move(socket_); }

private:
    OwnedFd socket_;
    pid_t pid_ = -1;
};

// The benchmark's loop runs on a fiber.
void on_fiber(const std::function<void()>& body)
{
    event::Loop loop;
    if (!loop.spawn("bench", [&] {
            body();
            loop.stop();
        }))
        return;
    loop.run();
}

void call_alone(benchmark::State& state)
{
    Server server;
    on_fiber([&] {
        const auto channel = ipc::Channel::open(server.take(), "server", nullptr);
        for (auto _ : state)
            if (!channel->call(question, event::Deadline::in(Duration{5000})))
                state.SkipWithError("no answer");
    });
}
BENCHMARK(call_alone)->UseRealTime();

// `range(0)` conversations ask at the same time; the time is per call.
void call_among_others(benchmark::State& state)
{
    Server server;
    on_fiber([&] {
        const auto channel = ipc::Channel::open(server.take(), "server", nullptr);
        const auto conversations = static_cast<std::size_t>(state.range(0));
        constexpr int calls_each = 50;
        for (auto _ : state) {
            std::size_t running = conversations;
            event::Notice all;
            for (std::size_t i = 0; i < conversations; ++i) {
                auto begun = event::Loop::current().spawn("asks", [&] {
                    for (int n = 0; n < calls_each; ++n)
                        if (!channel->call(question, event::Deadline::in(Duration{5000})))
                            state.SkipWithError("no answer");
                    if (--running == 0)
                        all.notify();
                });
                if (!begun)
                    state.SkipWithError("no fiber");
            }
            all.wait(event::Deadline::in(Duration{60'000}));
        }
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0) * calls_each);
    });
}
BENCHMARK(call_among_others)->Arg(8)->Arg(32)->Arg(128)->Arg(1000)->UseRealTime();

void switch_there_and_back(benchmark::State& state)
{
    on_fiber([&] {
        event::Notice ping, pong;
        bool running = true;
        auto begun = event::Loop::current().spawn("other", [&] {
            while (running) {
                ping.wait(event::Deadline::never());
                pong.notify();
            }
        });
        if (!begun)
            return state.SkipWithError("no fiber");
        for (auto _ : state) {
            ping.notify();
            pong.wait(event::Deadline::never());
        }
        running = false;
        ping.notify();
        event::yield();
    });
}
BENCHMARK(switch_there_and_back);

void wait_with_a_deadline(benchmark::State& state)
{
    on_fiber([&] {
        event::Notice ping, pong;
        bool running = true;
        auto begun = event::Loop::current().spawn("other", [&] {
            while (running) {
                ping.wait(event::Deadline::in(Duration{300'000}));
                pong.notify();
            }
        });
        if (!begun)
            return state.SkipWithError("no fiber");
        for (auto _ : state) {
            ping.notify();
            pong.wait(event::Deadline::in(Duration{300'000}));
        }
        running = false;
        ping.notify();
        event::yield();
    });
}
BENCHMARK(wait_with_a_deadline);

void spawn_and_end(benchmark::State& state)
{
    on_fiber([&] {
        for (auto _ : state) {
            event::Notice done;
            if (!event::Loop::current().spawn("one", [&] { done.notify(); }))
                state.SkipWithError("no fiber");
            done.wait(event::Deadline::never());
        }
    });
}
BENCHMARK(spawn_and_end);

void encode_and_decode(benchmark::State& state)
{
    for (auto _ : state) {
        auto decoded = ipc::decode<Question>(ipc::encode(question));
        benchmark::DoNotOptimize(decoded);
    }
}
BENCHMARK(encode_and_decode);

double resident()
{
    long size = 0, pages = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &size, &pages) != 2)
            pages = 0;
        std::fclose(file);
    }
    return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// Resident memory of `count` conversations that only wait, each.
void measure_idle(benchmark::State& state, int count, const std::function<void(int)>& conversation)
{
    double each = 0;
    for (auto _ : state) {
        const auto before = resident();
        on_fiber([&] {
            for (int i = 0; i < count; ++i)
                if (!event::Loop::current().spawn("idle", [&conversation, i] { conversation(i); }))
                    state.SkipWithError("no fiber");
            event::yield();
            each = (resident() - before) / count;
        });
    }
    state.counters["octets_each"] = each;
}

void idle_fibers(benchmark::State& state)
{
    measure_idle(state, 5000, [](int) { event::sleep_for(Duration{3'600'000}); });
}
BENCHMARK(idle_fibers)->Iterations(1)->Unit(benchmark::kMillisecond);

// A client that is connected and silent, as a server reads its lines.
void idle_clients(benchmark::State& state)
{
    constexpr int count = 2000;
    std::vector<OwnedFd> clients;
    std::vector<OwnedFd> servers;
    for (int i = 0; i < count; ++i) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
            return state.SkipWithError("too few descriptors: ulimit -n 5000");
        clients.emplace_back(ends[0]);
        servers.emplace_back(ends[1]);
    }
    measure_idle(state, count, [&](int i) {
        event::FdStream stream{std::move(servers[static_cast<std::size_t>(i)])};
        event::LineReader lines{stream};
        benchmark::DoNotOptimize(lines.read_line(1000, event::Deadline::in(Duration{300'000})));
    });
}
BENCHMARK(idle_clients)->Iterations(1)->Unit(benchmark::kMillisecond);

}

BENCHMARK_MAIN();
