// A desk with every driver that is linked, files of a test's own, and a zone instead of name servers.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "common/dns/fake_resolver.h"
#include "common/event/loop.h"
#include "common/lookup/lookups.h"

namespace gp::lookup {

class Desk {
public:
    explicit Desk(std::string_view zone = "")
        : resolver(zone), lookups(Registry<Driver>::linked(), environment())
    {
        std::string made = (std::filesystem::temp_directory_path() / "gp-lookup-XXXXXX").string();
        folder = ::mkdtemp(made.data());
    }
    ~Desk() { std::filesystem::remove_all(folder); }

    std::string write(const std::string& name, std::string_view text)
    {
        const auto path = folder + '/' + name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    // "v", or "(none)", or "error: …".
    std::string find(std::string_view type, const std::string& file, const std::string& key)
    {
        const auto parsed = lookups.parse_type(type);
        if (!parsed)
            return "error: " + parsed.error().text;
        const auto found = lookups.find(*parsed, Text::clean(file), Text::clean(key), hooks);
        note(parsed->driver->name, found && found->found ? Seen::found : found ? Seen::nothing : Seen::error);
        return shown(found);
    }
    std::string query(std::string_view type, const std::string& words)
    {
        const auto parsed = lookups.parse_type(type);
        if (!parsed)
            return "error: " + parsed.error().text;
        std::string out;
        on_fiber([&] {
            const auto found = lookups.query(*parsed, Text::clean(words), hooks);
            note(parsed->driver->name, found && found->found ? Seen::found : found ? Seen::nothing : Seen::error);
            out = shown(found);
        });
        return out;
    }

    template <class Work>
    static void on_fiber(Work work)
    {
        event::Loop loop;
        (void)loop.spawn("test", [&] { work(); });
        loop.run_until_idle();
    }

    static std::string shown(const Result<Found>& found)
    {
        if (!found)
            return "error: " + found.error().text;
        return found->found ? found->value.text : "(none)";
    }

    Environment environment()
    {
        Environment out;
        out.resolver = &resolver;
        out.settings.lookup_open_max = 3;
        return out;
    }

    // What the cases of this program met, of each type (words_test.cpp).
    enum class Seen { found, nothing, error };
    static std::set<std::pair<std::string, Seen>>& seen()
    {
        static std::set<std::pair<std::string, Seen>> all;
        return all;
    }
    static void note(std::string_view type, Seen what) { seen().emplace(type, what); }

    dns::FakeResolver resolver;
    Lookups lookups;
    Hooks hooks;
    std::string folder;
};

}
