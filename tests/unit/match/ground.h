// Lists, and somebody who asks them: a zone instead of name servers, a folder of the test's own, and an Asker
// that expands "$x" to what the test says.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/text.h"
#include "common/dns/fake_resolver.h"
#include "common/event/loop.h"
#include "common/match/list.h"

namespace gp::match {

class TestAsker final : public Asker {
public:
    Result<Text> expand(std::string_view list) override
    {
        ++expansions;
        if (list.find("$fail") != std::string_view::npos)
            return misconfigured("forced failure", Cause::forced_fail);
        return Text::clean(replace_all(std::string(list), "$x", x));
    }
    const lookup::Hooks& hooks() override { return none_; }
    Remembered* remembered() override { return memory; }
    void tell_missing(Missing what, std::string_view of) override
    {
        told += (what == Missing::name_of_client ? "no name: " : "no address: ") + std::string(of) + "\n";
    }

    std::string told;
    std::string x;
    Remembered* memory = nullptr;
    unsigned expansions = 0;

private:
    lookup::Hooks none_;
};

class Ground {
public:
    explicit Ground(NamedLists named = {}, std::string_view zone = "")
        : resolver(zone), names(resolver, std::chrono::seconds(5)),
          lookups(Registry<lookup::Driver>::linked(), environment()), lists(std::move(named), self(), lookups, &names)
    {
        std::string made = (std::filesystem::temp_directory_path() / "gp-match-XXXXXX").string();
        folder = ::mkdtemp(made.data());
    }
    ~Ground() { std::filesystem::remove_all(folder); }

    std::string write(const std::string& name, std::string_view text) const
    {
        const auto path = folder + '/' + name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    // "no", "yes", "yes VALUE", "defer: …" or "error: …".
    static std::string shown(const Result<Match>& match)
    {
        if (!match)
            return (match.error().blame == Blame::temporary ? "defer: " : "error: ") + match.error().text;
        if (!*match)
            return "no";
        return match->value.empty() ? "yes" : "yes " + match->value.text;
    }
    std::string domain(std::string_view list, std::string_view subject)
    {
        return ask(Kind::domain, list, [&](const List& made) { return lists.domain(made, subject, asker); });
    }
    std::string local_part(std::string_view list, std::string_view subject)
    {
        return ask(Kind::local_part, list, [&](const List& made) { return lists.local_part(made, subject, false, asker); });
    }
    std::string address(std::string_view list, std::string_view subject)
    {
        return ask(Kind::address, list, [&](const List& made) { return lists.address(made, subject, asker); });
    }
    std::string host(std::string_view list, const std::string& subject)
    {
        return ask(Kind::host, list, [&](const List& made) {
            Host remote{subject};
            return lists.host(made, remote, asker);
        });
    }

    lookup::Environment environment()
    {
        lookup::Environment out;
        out.resolver = &resolver;
        return out;
    }
    static Self self()
    {
        Self out;
        out.primary_hostname = "me.example";
        out.addresses = {*net::Address::parse("127.0.0.1"), *net::Address::parse("192.0.2.1")};
        out.routing_addresses = out.addresses;
        return out;
    }

    dns::FakeResolver resolver;
    DnsNames names;
    lookup::Lookups lookups;
    Lists lists;
    TestAsker asker;
    std::string folder;

private:
    template <class Match>
    std::string ask(Kind kind, std::string_view text, Match match)
    {
        std::string out;
        event::Loop loop;
        (void)loop.spawn("test", [&] {
            const auto made = List::compile(lists, kind, Text::clean(std::string(text)));
            out = shown(match(made));
        });
        loop.run_until_idle();
        return out;
    }
};

}
