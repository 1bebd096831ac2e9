// -bP: the configuration as it was understood, in Exim's form (manual 5.4): main options, named lists, drivers,
// macros, the environment, or the whole text with its macros and inclusions done. After -n, values alone.
//
// What "hide" covers is shown to administrators only: root, exim_user, members of exim_group or admin_groups.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "common/base/text.h"
#include "common/config/listing.h"
#include "common/expand/remarks.h"
#include "common/process/identity.h"
#include "conf/kept_environment.h"
#include "conf/owners.h"
#include "conf/params/configuration.h"
#include "master/sendmail/administrator.h"
#include "master/sendmail/instance.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

using conf::DriverClass;

// The text as the reader saw it: one line for each logical line, white space made even, sections indented.
class TextPrinter {
public:
    explicit TextPrinter(const conf::Configuration& configuration, bool shows_hidden)
        : configuration_(configuration), shows_hidden_(shows_hidden)
    {
    }

    void print()
    {
        std::printf("# Exim Configuration (4.96)\n");
        enter(configuration_.file, 1);
        for (const auto& line : configuration_.text) {
            go_to(line.origin);
            print_line(line.text);
        }
        go_to({.file = std::make_shared<const std::string>(configuration_.file)}); // out of what was included last
    }

private:
    void enter(std::string_view file, std::uint32_t line)
    {
        file_ = file;
        std::printf("# %u \"%.*s\"\n", line, static_cast<int>(file.size()), file.data());
    }

    std::vector<std::string> ways_in(std::string_view file) const
    {
        std::vector<std::string> out{std::string(file)};
        for (auto at = configuration_.included_from.find(file);
             at != configuration_.included_from.end() && out.size() <= configuration_.files.size();
             at = configuration_.included_from.find(out.back()))
            out.emplace_back(at->second.file_name());
        return {out.rbegin(), out.rend()};
    }

    void say_directive(const std::string& of)
    {
        const auto& from = configuration_.included_from.find(of)->second;
        enter(from.file_name(), from.line);
    }

    // Says where the reader went since the last line: out of files that ended, into others.
    void go_to(const config::Origin& origin)
    {
        if (origin.file_name() == file_)
            return;
        const auto before = ways_in(file_), now = ways_in(origin.file_name());
        std::size_t same = 0;
        while (same < before.size() && same < now.size() && before[same] == now[same])
            ++same;
        for (auto i = before.size(); i > std::max<std::size_t>(same, 1); --i)
            say_directive(before[i - 1]);
        for (auto i = std::max<std::size_t>(same, 1); i < now.size(); ++i) {
            say_directive(now[i]);
            enter(now[i], 1);
        }
    }

    static std::string evened(std::string_view text)
    {
        std::string out;
        for (const char c : text)
            if (!is_space(c) || (!out.empty() && out.back() != ' '))
                out += is_space(c) ? ' ' : c;
        return out;
    }

    static bool is_name(std::string_view line)
    {
        return line.ends_with(':') && std::ranges::all_of(trim_right(line.substr(0, line.size() - 1)),
                                                          [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
    }

    static bool defines_macro(std::string_view line)
    {
        const auto end = std::ranges::find_if_not(line, [](char c) { return is_alnum(c) || c == '_'; });
        const auto rest = trim_left(std::string_view(end, line.end()));
        return line.front() >= 'A' && line.front() <= 'Z' && rest.starts_with('=');
    }

    void print_line(std::string_view text)
    {
        auto line = evened(text);
        if (line.starts_with("begin ")) {
            section_ = line.substr(6);
            std::printf("\n%s\n", line.c_str());
            return;
        }
        if ((line.starts_with("hide ") || defines_macro(line)) && !shows_hidden_)
            line = line.substr(0, line.find('=')) + "= <value not displayable>";
        const bool has_names = section_ == "acl" || section_ == "routers" || section_ == "transports" ||
                               section_ == "authenticators";
        if (has_names && is_name(line))
            std::printf("\n  %s\n", line.c_str());
        else
            std::printf("%s%s\n", section_.empty() ? "" : has_names ? "    " : "  ", line.c_str());
    }

    const conf::Configuration& configuration_;
    bool shows_hidden_;
    std::string file_, section_;
};

class Printer {
public:
    Printer(const Options& options, const conf::Configuration& configuration, bool shows_hidden)
        : options_(options), configuration_(configuration), names_only_(options.values_only)
    {
        style_.names_only = names_only_;
        style_.shows_hidden = shows_hidden;
    }

    // Whether the last thing asked for exists is the exit status.
    bool run()
    {
        const auto& asked = options_.arguments;
        if (asked.empty())
            return print_main();
        bool good = true;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            if (i + 1 < asked.size() && takes_name(asked[i])) {
                good = print_named(asked[i], asked[i + 1]);
                ++i;
            } else {
                good = print_one(asked[i]);
            }
        }
        return good;
    }

private:
    struct Kind {
        std::string_view word; // "router"
        DriverClass kind;
        const std::vector<conf::Driver> conf::Configuration::*drivers;
    };
    static constexpr Kind kinds[] = {
        {"router", DriverClass::router, &conf::Configuration::routers},
        {"transport", DriverClass::transport, &conf::Configuration::transports},
        {"authenticator", DriverClass::authenticator, &conf::Configuration::authenticators},
    };

    static bool takes_name(std::string_view word)
    {
        return word == "macro" || std::ranges::find(kinds, word, &Kind::word) != std::end(kinds);
    }

    // Macros may hold what other places hide.
    static bool denied()
    {
        std::fputs("exim: permission denied\n", stderr);
        return false;
    }

    bool print_main()
    {
        std::fputs(config::show_settings(configuration_.main.all, style_).c_str(), stdout);
        return true;
    }

    bool print_named(std::string_view word, const std::string& name)
    {
        if (word == "macro")
            return style_.shows_hidden ? print_macro(name) : denied();
        const auto& kind = *std::ranges::find(kinds, word, &Kind::word);
        for (const auto& driver : configuration_.*kind.drivers)
            if (driver.name == name) {
                print_driver(kind.kind, driver);
                return true;
            }
        std::printf("%.*s %s not found\n", static_cast<int>(word.size()), word.data(), name.c_str());
        return false;
    }

    bool print_one(const std::string& word)
    {
        if (word.starts_with('+'))
            return print_list(word.substr(1));
        if (word == "all")
            return print_main();
        if (word == "config") {
            TextPrinter(configuration_, style_.shows_hidden).print();
            return true;
        }
        if (word == "config_file" || word == "configure_file") {
            std::printf("%s\n", configuration_.file.c_str());
            return true;
        }
        if (word == "environment")
            return print_environment();
        if ((word == "macros" || word == "macro_list") && !style_.shows_hidden)
            return denied();
        if (word == "macros" || word == "macro_list") {
            for (const bool is_built_in : {true, false})
                for (const auto& macro : configuration_.macros)
                    if (macro.is_built_in == is_built_in)
                        print_one_macro(macro, word == "macro_list");
            return true;
        }
        for (const auto& kind : kinds) {
            if (word == std::string(kind.word) + "_list")
                return print_names(kind);
            if (word == std::string(kind.word) + "s")
                return print_drivers(kind);
        }
        const auto* setting = configuration_.main.all.find(word);
        if (!setting) {
            std::printf("%s is not a known option\n", word.c_str());
            return false;
        }
        std::printf("%s\n", config::show_setting(*setting, style_).c_str());
        return true;
    }

    bool print_list(const std::string& name)
    {
        bool found = false;
        for (const auto& list : configuration_.lists) {
            if (list.name != name)
                continue;
            found = true;
            const std::string value = list.is_hidden ? "<value not displayable>" : escape(list.value);
            if (names_only_)
                std::printf("%s\n", value.c_str());
            else
                std::printf("%s %s = %s\n", std::string(config::keyword(list.kind)).c_str(), name.c_str(), value.c_str());
        }
        if (!found)
            std::printf("no address, domain, host, or local part list called \"%s\" exists\n", name.c_str());
        return found;
    }

    bool print_names(const Kind& kind)
    {
        for (const auto& driver : configuration_.*kind.drivers)
            std::printf("%s\n", driver.name.c_str());
        return true;
    }

    bool print_drivers(const Kind& kind)
    {
        for (const auto& driver : configuration_.*kind.drivers) {
            std::printf("\n%s %s:\n", driver.name.c_str(), std::string(kind.word).c_str());
            print_driver(kind.kind, driver);
        }
        return true;
    }

    // The generic options in order of name, then those of the driver.
    void print_driver(DriverClass kind, const conf::Driver& driver)
    {
        const auto* known = conf::driver_kind(kind, driver.driver);
        print_rows(conf::generic_rows(kind), driver.settings);
        if (known)
            print_rows(known->private_rows, driver.settings);
    }

    void print_rows(std::span<const config::Option> rows, const config::Settings& settings)
    {
        std::vector<std::pair<bool, std::string_view>> names;
        for (const auto& row : rows)
            if (!row.is_alias)
                names.emplace_back(row.is_own, row.name);
        std::ranges::sort(names); // ours come last
        for (const auto& [is_own, name] : names)
            std::printf("%s\n", config::show_setting(settings.at(name), style_).c_str());
    }

    bool print_macro(std::string_view name)
    {
        for (const auto& macro : configuration_.macros)
            if (macro.name == name) {
                if (names_only_)
                    std::printf("%s\n", macro.value.c_str());
                else
                    print_one_macro(macro, false);
                return true;
            }
        std::printf("macro %s not found\n", std::string(name).c_str());
        return false;
    }

    void print_one_macro(const config::Macro& macro, bool name_alone)
    {
        if (name_alone || names_only_)
            std::printf("%s\n", macro.name.c_str());
        else
            std::printf("%s=%s\n", macro.name.c_str(), macro.value.c_str());
    }

    // What programs that are run here would see: after keep_environment and add_environment.
    bool print_environment()
    {
        for (const auto& entry : conf::kept_environment(configuration_.main.process))
            print_variable(entry);
        return true;
    }

    void print_variable(std::string_view entry) const
    {
        if (names_only_)
            entry = entry.substr(0, entry.find('='));
        std::printf("%.*s\n", static_cast<int>(entry.size()), entry.data());
    }

    const Options& options_;
    const conf::Configuration& configuration_;
    bool names_only_;
    config::ListingStyle style_;
};

// Where nobody is named, the user as whom services would run is shown, as Exim shows the one that it was built for.
void name_stand_in(conf::Configuration& configuration)
{
    auto& all = configuration.main.all;
    if (all.is_set("exim_user"))
        return;
    const auto owner = conf::stand_in(configuration);
    const auto user = owner ? process::find_user(owner->uid) : Result<process::User>(owner.error());
    const auto group = owner ? process::find_group_name(owner->gid) : Result<std::string>(owner.error());
    if (user)
        all.at("exim_user").value = config::Identity{user->name, user->uid, user->gid};
    if (group && !all.is_set("exim_group"))
        all.at("exim_group").value = config::Identity{*group, owner->gid, config::Identity::no_group};
}

// A number that somebody has is shown as that name, and any other as plain digits: "never_users = 0" is root.
void name_numbers(config::Settings& settings)
{
    const auto name = [](config::Identity& one, bool is_user) {
        if (one.name.empty() || one.name.find_first_not_of("0123456789") != std::string::npos)
            return;
        const auto user = is_user ? process::find_user(one.id) : Result<process::User>(temporary(""));
        const auto group = is_user ? Result<std::string>(temporary("")) : process::find_group_name(one.id);
        one.name = user ? user->name : group ? *group : std::to_string(one.id);
    };
    for (const auto& setting : settings.all()) {
        using enum config::Type;
        const auto type = setting.option->type;
        auto& value = settings.at(setting.option->name).value;
        if (auto* one = std::get_if<config::Identity>(&value))
            name(*one, type == user);
        else if (auto* all = std::get_if<std::vector<config::Identity>>(&value))
            for (auto& each : *all)
                name(each, type == user_list);
    }
}

int print_options(const Options& options)
{
    conf::LoadOptions load;
    load.unsupported = config::Unsupported::accept; // -bP tells what a file says, not what is done about it
    load.definitions = options.definitions;
    load.constant_value = [](std::string_view text) { return expand::constant_value(text); };
    if (::getenv("GATEPOST_TEST"))
        load.software = "Exim";
    const auto instance = find_instance(options);
    if (!instance) {
        std::fprintf(stderr, "exim: %s\n", instance.error().text.c_str());
        return 1;
    }
    const auto loaded = conf::load(config::Source{.name = instance->config}, load);
    if (!loaded) {
        std::fputs(loaded.problems.text().c_str(), stderr);
        return 1;
    }
    auto configuration = *loaded.configuration;
    name_stand_in(configuration);
    name_numbers(configuration.main.all);
    for (auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (auto& driver : *drivers)
            name_numbers(driver.settings);
    return Printer(options, configuration, is_administrator(*loaded.configuration)).run() ? 0 : 1;
}

const RegisterMode self{{
    .name = "-bP",
    .run = print_options,
    .doc = "print options, drivers, lists, macros or the whole configuration",
}};

}
}
