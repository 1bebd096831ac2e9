// The spool's figures: messages committed per second at 1, 10 and 50 in flight with their CPU, recovery of
// 100,000 queued messages, and reading all their envelopes.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <filesystem>

#include "common/spool/fields.h"
#include "common/spool/reader.h"
#include "common/spool/spool.h"
#include "tests/support/temp_dir.h"

namespace gp::spool {
namespace {

std::string id_of(unsigned n)
{
    char text[32];
    std::snprintf(text, sizeof text, "1rABC%c-%06u-%02u", static_cast<char>('0' + n / 100'000'000 % 10),
                  n / 100 % 1'000'000, n % 100);
    return text;
}

struct Letter {
    std::string id, envelope, headers, body;

    Letter(unsigned n, std::size_t size) : id(id_of(n)), headers("Subject: a message\r\nFrom: a@example.org\r\n")
    {
        mail::Envelope made;
        made.id = id;
        made.received = 1'700'000'000'000'000 + n;
        made.sender = "sender@example.org";
        made.recipients.emplace_back().address = "recipient" + std::to_string(n) + "@example.net";
        made.origin.host_address = "192.0.2.1";
        made.origin.helo_name = "client.example";
        made.origin.protocol = "esmtp";
        envelope = encode_envelope(made);
        body.assign(size, 'x');
    }
    NewMessage message() const
    {
        return {.id = *Key::parse(id),
                .facts = {.received = 1, .size = headers.size() + body.size()},
                .envelope = envelope,
                .headers = headers,
                .body = body};
    }
};

OwnedFd open_directory(const std::string& path)
{
    return OwnedFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Each batch brings so many messages and ends those of the one before it: arrivals and outcomes share the
// barrier, segments are recycled.
void commit(benchmark::State& state)
{
    const auto in_flight = static_cast<unsigned>(state.range(0));
    const auto size = static_cast<std::size_t>(state.range(1));
    const test::TempDir scratch;
    const SystemClock clock;
    const Io io;
    auto spool = Spool::open(io, open_directory(scratch.path()), clock, {});
    if (!spool)
        return state.SkipWithError(spool.error().text.c_str());
    // Off the path that is measured, as spoold does it on a thread.
    std::vector<Letter> letters;
    unsigned next = 0;
    const double before = cpu_seconds();
    double elsewhere = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const double start = cpu_seconds();
        std::vector<Letter> fresh;
        for (unsigned i = 0; i < in_flight; ++i)
            fresh.emplace_back(next++, size);
        while ((*spool)->wants_spare())
            if (!(*spool)->make_spare())
                break;
        elsewhere += cpu_seconds() - start;
        state.ResumeTiming();
        Batch batch;
        for (const auto& letter : fresh)
            batch.add(letter.message());
        for (const auto& letter : letters)
            batch.add_finished(*Key::parse(letter.id));
        if (auto done = (*spool)->commit(batch); !done)
            return state.SkipWithError(done.error().text.c_str());
        letters = std::move(fresh);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(next));
    state.counters["cpu_us_per_message"] = (cpu_seconds() - before - elsewhere) * 1e6 / next;
}
BENCHMARK(commit)->ArgsProduct({{1, 10, 50}, {2048}})->ArgsProduct({{10, 50}, {50 * 1024}})->UseRealTime()->MinTime(2);

constexpr unsigned queued = 100'000;

// A spool with 100,000 messages of 2 KiB, made once.
const std::string& full_spool()
{
    static const test::TempDir scratch;
    static const std::string path = [] {
        const SystemClock clock;
        const Io io;
        auto spool = Spool::open(io, open_directory(scratch.path()), clock, {});
        for (unsigned n = 0; n < queued; n += 100) {
            std::vector<Letter> letters;
            for (unsigned i = n; i < n + 100; ++i)
                letters.emplace_back(i, 2048);
            Batch batch;
            for (const auto& letter : letters)
                batch.add(letter.message());
            if (!(*spool)->commit(batch))
                std::abort();
        }
        return scratch.path();
    }();
    return path;
}

void forget_cached(const std::string& path)
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file())
            continue;
        const OwnedFd file{::open(entry.path().c_str(), O_RDONLY)};
        ::fdatasync(file.get());
        ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
    }
}

void recovery(benchmark::State& state)
{
    const auto& path = full_spool();
    const SystemClock clock;
    const Io io;
    for (auto _ : state) {
        state.PauseTiming();
        if (state.range(0) == 0)
            forget_cached(path);
        state.ResumeTiming();
        auto spool = Spool::open(io, open_directory(path), clock, {});
        if (!spool || (*spool)->index().size() != queued)
            return state.SkipWithError("not all came back");
        state.PauseTiming();
        spool->reset();
        state.ResumeTiming();
    }
}
BENCHMARK(recovery)->Arg(0)->Arg(1)->ArgName("cached")->UseRealTime()->Unit(benchmark::kMillisecond);

void read_all_envelopes(benchmark::State& state)
{
    const auto& path = full_spool();
    const Io io;
    for (auto _ : state) {
        auto reader = Reader::open(io, open_directory(path));
        if (!reader)
            return state.SkipWithError(reader.error().text.c_str());
        std::size_t recipients = 0;
        for (const auto& [id, entry] : (*reader)->catalog().index.all())
            if (const auto message = (*reader)->read(id, 0))
                recipients += message->envelope.recipients.size();
        if (recipients != queued)
            return state.SkipWithError("not all were read");
    }
}
BENCHMARK(read_all_envelopes)->UseRealTime()->Unit(benchmark::kMillisecond);

void encode_an_envelope(benchmark::State& state)
{
    const auto envelope = *decode_envelope(Letter{1, 1}.envelope);
    for (auto _ : state)
        benchmark::DoNotOptimize(encode_envelope(envelope));
}
BENCHMARK(encode_an_envelope);

void decode_an_envelope(benchmark::State& state)
{
    const auto octets = Letter{1, 1}.envelope;
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_envelope(octets));
}
BENCHMARK(decode_an_envelope);

}
}

BENCHMARK_MAIN();
