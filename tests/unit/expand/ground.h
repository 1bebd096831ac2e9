// What an expansion stands on, for tests: the whole language, the named lists of the recorded expressions, a
// zone instead of name servers, a folder of the test's own.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/clock.h"
#include "common/dns/fake_resolver.h"
#include "common/event/loop.h"
#include "common/expand/expand.h"
#include "common/expand/parser.h"

namespace gp::expand {

// A program that answers with its arguments; "false" fails, "slow" cannot be reached.
class EchoRunner final : public Runner {
public:
    Result<RunResult> run(const std::vector<std::string>& arguments) override
    {
        asked.push_back(arguments);
        if (arguments.front() == "/bin/slow")
            return temporary("running it timed out", Cause::timeout);
        RunResult out;
        out.code = arguments.front() == "/bin/false" ? 1 : 0;
        for (std::size_t i = 1; i < arguments.size(); ++i)
            out.output += (i > 1 ? " " : "") + ("<" + arguments[i] + ">");
        return out;
    }
    std::vector<std::vector<std::string>> asked;
};

class Ground {
public:
    explicit Ground(std::string_view zone = "")
        : language(Language::linked()), resolver(zone), names(resolver, std::chrono::seconds(5)),
          lookups(Registry<lookup::Driver>::linked(), environment()), lists(named(), self(), lookups, &names),
          world{language, site, lookups, lists, {}, {}}, scene(world)
    {
        std::string made = (std::filesystem::temp_directory_path() / "gp-expand-XXXXXX").string();
        folder = ::mkdtemp(made.data());
        site.primary_hostname = "myhost.test.ex";
        site.qualify_domain = site.qualify_recipient = site.primary_hostname;
        clock.set(WallTime(std::chrono::seconds(1'795'269'552))); // the day of the recorded expressions
        world.effects.clock = &clock;
        world.effects.files = &files;
        world.effects.runner = &runner;
        headers = Headers("");
        message.headers = &headers;
        message.sender = "root@myhost.test.ex";
        scene.message = &message;
        scene.origin = &origin;
        scene.host = &host;
    }
    ~Ground() { std::filesystem::remove_all(folder); }

    std::string write(const std::string& name, std::string_view text) const
    {
        const auto path = folder + '/' + name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    // What an administrator sees: the value, or "Failed: …".
    std::string shown(std::string_view text)
    {
        const auto parsed = language.parse(text);
        if (!parsed)
            return "Failed: " + parsed.error().text;
        const auto value = parsed->expand(scene);
        return value ? value->text : "Failed: " + value.error().text;
    }
    std::string shown_on_fiber(std::string_view text)
    {
        std::string out;
        event::Loop loop;
        (void)loop.spawn("test", [&] { out = shown(text); });
        loop.run_until_idle();
        return out;
    }

    lookup::Environment environment()
    {
        lookup::Environment out;
        out.resolver = &resolver;
        return out;
    }
    static match::Self self()
    {
        match::Self out;
        out.primary_hostname = "myhost.test.ex";
        out.addresses = {*net::Address::parse("127.0.0.1")};
        return out;
    }
    static match::NamedLists named()
    {
        match::NamedLists out;
        out.domains["dlist"].text = "*.aa.bb : ^\\Nxxx(.*)";
        out.addresses["alist"].text = "x@y : *@q.r";
        out.local_parts["lplist"].text = "ab : cd";
        out.hosts["hl"].text = "1.2.3.4 : 10.0.0.0/8";
        out.domains["neg"].text = "!a.b";
        out.domains["self"].text = "+self";
        out.domains["empt"].text = "";
        out.domains["exp2"].text = "${if eq{$domain}{a.b}{a.b}{zz}}";
        return out;
    }

    std::string folder;
    Language language;
    Site site;
    dns::FakeResolver resolver;
    match::DnsNames names;
    lookup::Lookups lookups;
    match::Lists lists;
    ManualClock clock;
    OwnFiles files;
    EchoRunner runner;
    World world;
    Headers headers;
    Message message;
    mail::Origin origin;
    match::Host host;
    Scene scene;
};

}
