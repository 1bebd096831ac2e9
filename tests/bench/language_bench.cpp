// What the language costs: one match in lists of 10 to 100,000 items, one key of a file with 100,000, the
// expansions that real configurations have most often. A list of 10,000 costs what one of 10 costs.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <fstream>

#include "common/expand/expand.h"

namespace gp {
namespace {

// The language with nobody behind it: what the strings below need.
class Ground {
public:
    Ground()
        : language(expand::Language::linked()), lookups(Registry<lookup::Driver>::linked(), {}),
          lists({}, {}, lookups, nullptr), world{language, site, lookups, lists, {}, {}}, scene(world)
    {
        site.primary_hostname = "mail.example.org";
        site.qualify_domain = "example.org";
        address.local_part = "someone";
        address.domain = "example.org";
        message.sender = "sender@elsewhere.example";
        message.headers = &headers;
        scene.address = &address;
        scene.message = &message;
        scene.origin = &origin;
    }
    expand::Site site;
    expand::Language language;
    lookup::Lookups lookups;
    match::Lists lists;
    expand::World world;
    expand::Headers headers{"From: Some One <sender@elsewhere.example>\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n"};
    expand::Message message;
    expand::Address address;
    mail::Origin origin;
    expand::Scene scene;
};

class NoAsker final : public match::Asker {
public:
    Result<Text> expand(std::string_view list) override { return Text::clean(std::string(list)); }
    const lookup::Hooks& hooks() override { return hooks_; }

private:
    lookup::Hooks hooks_;
};

void domain_list(benchmark::State& state)
{
    Ground ground;
    std::string text;
    for (std::int64_t i = 0; i < state.range(0); ++i)
        text += "host" + std::to_string(i) + ".example : ";
    const auto list = *match::List::compile(ground.lists, match::Kind::domain, Text::clean(text));
    const std::string last = "host" + std::to_string(state.range(0) - 1) + ".example";
    NoAsker asker;
    for (auto _ : state) {
        benchmark::DoNotOptimize(ground.lists.domain(list, last, asker));
        benchmark::DoNotOptimize(ground.lists.domain(list, "none.example", asker));
    }
}
BENCHMARK(domain_list)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000);

void network_list(benchmark::State& state)
{
    Ground ground;
    std::string text;
    for (std::int64_t i = 0; i < state.range(0); ++i)
        text += "10." + std::to_string(i >> 16 & 255) + '.' + std::to_string(i >> 8 & 255) + '.' + std::to_string(i & 255) + " : ";
    const auto list = *match::List::compile(ground.lists, match::Kind::host, Text::clean(text));
    NoAsker asker;
    match::Host inside("10.0.0.7"), outside("192.0.2.1");
    for (auto _ : state) {
        benchmark::DoNotOptimize(ground.lists.host(list, inside, asker));
        benchmark::DoNotOptimize(ground.lists.host(list, outside, asker));
    }
}
BENCHMARK(network_list)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000);

void lsearch(benchmark::State& state)
{
    Ground ground;
    char path[] = "/tmp/gp-bench-XXXXXX";
    ::close(::mkstemp(path));
    {
        std::ofstream file(path);
        for (std::int64_t i = 0; i < state.range(0); ++i)
            file << "user" << i << ": /home/user" << i << "\n";
    }
    const auto type = *ground.lookups.parse_type("lsearch");
    const auto key = Text::clean("user" + std::to_string(state.range(0) - 1));
    for (auto _ : state)
        benchmark::DoNotOptimize(ground.lookups.find(type, Text::clean(path), key, {}));
    ::unlink(path);
}
BENCHMARK(lsearch)->Arg(10)->Arg(100000);

constexpr const char* strings[] = {
    "$local_part",
    "${lc:$local_part}",
    "${if eq{$sender_address_domain}{example.org}{yes}{no}}",
    "${if def:sender_helo_name {(helo=$sender_helo_name)}}",
    "${extract{1}{:}{a:b:c}}",
    "${if match{$local_part}{\\N^(.*)-list$\\N}{$1}{no}}",
    "${sg{$local_part}{[.]}{_}}",
    "$h_subject:",
    "${if and{{def:h_from:}{!eq{$h_from:}{}}}{$h_from:}}",
    "/var/mail/${quote_local_part:$local_part}",
};

void expand_parsed(benchmark::State& state)
{
    Ground ground;
    const auto text = *ground.language.parse(strings[state.range(0)]);
    for (auto _ : state)
        benchmark::DoNotOptimize(text.expand(ground.scene));
    state.SetLabel(strings[state.range(0)]);
}
BENCHMARK(expand_parsed)->DenseRange(0, std::size(strings) - 1);

void parse_and_expand(benchmark::State& state)
{
    Ground ground;
    for (auto _ : state)
        for (const auto* text : strings)
            benchmark::DoNotOptimize(ground.language.parse_now(text, ground.world.limits)->expand(ground.scene));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(std::size(strings)));
}
BENCHMARK(parse_and_expand);

}
}

BENCHMARK_MAIN();
