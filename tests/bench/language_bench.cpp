// What the language costs: one match in lists of 10 to 100,000 items, one key of a file with 100,000, the 20 kinds
// of texts that real configurations have most often, the reading of a whole configuration. A list of 10,000 costs
// what one of 10 costs.

#include <benchmark/benchmark.h>
#include <db.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/expand/expand.h"
#include "conf/params/configuration.h"
#include "tests/unit/lookup/cdb_file.h"

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
    const auto list = match::List::compile(ground.lists, match::Kind::domain, Text::clean(text));
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
    const auto list = match::List::compile(ground.lists, match::Kind::host, Text::clean(text));
    NoAsker asker;
    match::Host inside("10.0.0.7"), outside("192.0.2.1");
    for (auto _ : state) {
        benchmark::DoNotOptimize(ground.lists.host(list, inside, asker));
        benchmark::DoNotOptimize(ground.lists.host(list, outside, asker));
    }
}
BENCHMARK(network_list)->Arg(10)->Arg(1000)->Arg(10000)->Arg(100000);

// A file of the benchmark's own with this many users, asked for the last of them.
template <class Make>
void ask_file(benchmark::State& state, std::string_view type_name, Make make)
{
    Ground ground;
    char folder[] = "/tmp/gp-bench-XXXXXX";
    if (!::mkdtemp(folder))
        return state.SkipWithError("no folder");
    const std::string path = std::string(folder) + "/file";
    make(path, state.range(0));
    const auto type = *ground.lookups.parse_type(type_name);
    const auto key = Text::clean("user" + std::to_string(state.range(0) - 1));
    const auto file = Text::clean(path);
    for (auto _ : state) {
        const auto found = ground.lookups.find(type, file, key, {});
        if (!found || !found->found)
            return state.SkipWithError("not found");
        benchmark::DoNotOptimize(found->value.text.data());
    }
    std::filesystem::remove_all(folder);
}

void lsearch(benchmark::State& state)
{
    ask_file(state, "lsearch", [](const std::string& path, std::int64_t users) {
        std::ofstream file(path);
        for (std::int64_t i = 0; i < users; ++i)
            file << "user" << i << ": /home/user" << i << "\n";
    });
}
BENCHMARK(lsearch)->Arg(10)->Arg(100000);

void cdb(benchmark::State& state)
{
    ask_file(state, "cdb", [](const std::string& path, std::int64_t users) {
        std::vector<std::pair<std::string, std::string>> records;
        for (std::int64_t i = 0; i < users; ++i)
            records.emplace_back("user" + std::to_string(i), "/home/user" + std::to_string(i));
        std::ofstream(path, std::ios::binary) << lookup::make_cdb(records);
    });
}
BENCHMARK(cdb)->Arg(10)->Arg(100000);

void dbm(benchmark::State& state)
{
    ask_file(state, "dbmnz", [](const std::string& path, std::int64_t users) {
        DB* db = nullptr;
        if (::db_create(&db, nullptr, 0) != 0 || db->open(db, nullptr, path.c_str(), nullptr, DB_HASH, DB_CREATE, 0600) != 0)
            return;
        for (std::int64_t i = 0; i < users; ++i) {
            auto name = "user" + std::to_string(i), home = "/home/user" + std::to_string(i);
            DBT key{}, data{};
            key.data = name.data();
            key.size = static_cast<u_int32_t>(name.size());
            data.data = home.data();
            data.size = static_cast<u_int32_t>(home.size());
            db->put(db, nullptr, &key, &data, 0);
        }
        db->close(db, 0);
    });
}
BENCHMARK(dbm)->Arg(10)->Arg(100000);

// A whole configuration read: the default one, and the one that GATEPOST_BENCH_CONFIG names.
void read_configuration(benchmark::State& state)
{
    config::Source source{.name = "built-in", .text = std::string(conf::default_configuration())};
    if (const char* name = ::getenv("GATEPOST_BENCH_CONFIG"))
        source = {.name = name};
    for (auto _ : state)
        benchmark::DoNotOptimize(conf::load(source, {.unsupported = config::Unsupported::warn}).configuration.get());
    state.SetLabel(source.name);
}
BENCHMARK(read_configuration);

// The kinds of texts that the most of 156 real configurations have.
constexpr const char* strings[] = {
    "$home/.forward",
    "${if > {$max_received_linelength}{998}}",
    "/var/mail/$local_part",
    "maximum allowed line length is 998 octets, got $max_received_linelength",
    "${if > {$max_received_linelength}{998} {1}{0}}",
    "${if def:sender_helo_name {(helo=$sender_helo_name)}}",
    "header syntax ($acl_verify_message)",
    "$home/Maildir",
    "r: dnslookup for $local_part@$domain",
    "${if and{{def:sender_host_address}{!def:sender_host_name}} {yes}{no}}",
    "$sender_address_domain is listed at $dnslist_domain ($dnslist_value: $dnslist_text)",
    " ${if match_ip{$sender_host_address}{:127.0.0.1} {1}{0} }",
    " ${if and{{! match_ip{$sender_host_address}{:127.0.0.1}} {<{$local_user_uid}{500}}} {1}{0} }",
    "${if match_domain{$sender_address_domain}{example.org}{${sender_address_local_part}@example.net}{}}",
    "${local_part}@example.net",
    "${if eq{$sender_address_domain}{example.org}{yes}{no}}",
    "${extract{1}{:}{a:b:c}}",
    "${if match{$local_part}{\\N^(.*)-list$\\N}{$1}{no}}",
    "${sg{${lc:$local_part}}{[.]}{_}}",
    "$h_subject:",
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
