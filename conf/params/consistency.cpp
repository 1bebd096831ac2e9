#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "conf/params/detail/build.h"
#include "conf/params/log_ports.h"

namespace gp::conf {
namespace {

using config::Problems;
using config::Settings;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words)
{
    return std::ranges::find(words, word) != words.end();
}

// Those of syslog.h, as logd knows them; "LOG_MAIL" is "mail".
constexpr std::string_view facilities[] = {"auth",   "authpriv", "cron",   "daemon", "local0", "local1", "local2", "local3", "local4",
                                           "local5", "local6",   "local7", "mail",   "news",   "syslog", "user",   "uucp"};

bool is_constant_name(const config::Expandable& text)
{
    return text.is_set && !text.text.empty() && text.is_constant();
}

// The checks of one configuration; each function is about one kind of thing.
class Checks {
public:
    Checks(const Configuration& configuration, config::Unsupported policy, Problems& problems)
        : conf_(configuration), policy_(policy), problems_(problems)
    {
    }

    void run()
    {
        main();
        for (const auto& router : conf_.routers)
            this->router(router);
        for (const auto& transport : conf_.transports)
            this->transport(transport);
        for (std::size_t i = 0; i < conf_.authenticators.size(); ++i)
            for (std::size_t other = 0; other < i; ++other)
                same_public_name(conf_.authenticators[other], conf_.authenticators[i]);
    }

private:
    void fail(const Driver& driver, std::string_view kind, std::string reason, std::string hint = {})
    {
        problems_.error(driver.origin, driver.name + ":", driver.name + " " + std::string(kind) + ": " + std::move(reason),
                        std::move(hint));
    }

    void fail_at(const Driver& driver, std::string_view option, std::string reason, std::string hint = {})
    {
        const auto& setting = driver.settings.at(option);
        problems_.error(setting.origin, config::show_line(setting), driver.name + ": " + std::move(reason), std::move(hint));
    }

    void main()
    {
        const Settings& all = conf_.main.all;
        main_words(all);
        if (all.flag("local_sender_retain") && all.flag("local_from_check"))
            problems_.error(all.origin("local_sender_retain"), "local_sender_retain",
                            "both local_from_check and local_sender_retain are set; this combination is not allowed",
                            "add no_local_from_check");
        if (const auto ports = logged_ports(all.text("log_ports")); !ports)
            problems_.error(all.origin("log_ports"), "log_ports = " + all.text("log_ports"), "log_ports: " + ports.error().text,
                            "a list of port numbers, as in \"!25 : !587\"");
        const std::string journal = all.text("decision_journal");
        if (!is_one_of(journal, {"off", "refusals", "all"}))
            problems_.error(all.origin("decision_journal"), "decision_journal = " + journal,
                            "decision_journal is \"refusals\", \"all\" or \"off\"");
        const std::string bare = all.text("smtp_bare_newline");
        if (!is_one_of(bare, {"reject", "normalize"}))
            problems_.error(all.origin("smtp_bare_newline"), "smtp_bare_newline = " + bare,
                            "smtp_bare_newline is \"reject\" or \"normalize\"");
    }

    bool names_one_of(const config::Expandable& name, const std::vector<Driver>& drivers)
    {
        return !is_constant_name(name) || std::ranges::find(drivers, name.text, &Driver::name) != drivers.end();
    }

    static std::string hint_for(std::string_view name, const std::vector<Driver>& drivers)
    {
        std::vector<std::string_view> names;
        for (const auto& other : drivers)
            names.push_back(other.name);
        const auto meant = nearest(name, names);
        return meant.empty() ? std::string() : "did you mean \"" + std::string(meant) + "\"?";
    }

    void main_words(const Settings& all)
    {
        const auto object = [&](std::string_view option, std::string reason, std::string hint) {
            config::object(policy_, problems_, all.origin(option), config::show_line(all.at(option)), std::move(reason), std::move(hint));
        };
        auto facility = lower(all.text("syslog_facility"));
        if (facility.starts_with("log_"))
            facility.erase(0, 4);
        if (all.is_written("syslog_facility") && std::ranges::find(facilities, facility) == std::end(facilities))
            object("syslog_facility", "failed to interpret syslog_facility \"" + all.text("syslog_facility") + "\"",
                   "known are " + join({std::begin(facilities), std::end(facilities)}, ", "));
        if (all.is_written("tls_dh_max_bits") && all.number("tls_dh_max_bits") < 1024)
            object("tls_dh_max_bits", "tls_dh_max_bits is too small, must be at least 1024 for interop", {});
        if (const auto threads = all.number("lookup_threads"); threads < 1 || threads > 256)
            object("lookup_threads", "lookup_threads is from 1 to 256", {});
    }

    void must_name_router(const Driver& router, std::string_view option)
    {
        const auto name = router.settings.expandable(option);
        if (!names_one_of(name, conf_.routers) || (router.settings.is_written(option) && name.text.empty()))
            fail_at(router, option, "new_router \"" + name.text + "\" not found", hint_for(name.text, conf_.routers));
    }

    // Exim only finds out when a message comes that way. It is told here, but does not keep a tool from
    // reading the file.
    void must_name_transport(const Driver& router, std::string_view option)
    {
        const auto name = router.settings.expandable(option);
        if (!names_one_of(name, conf_.transports))
            config::object(policy_, problems_, name.origin, config::show_line(router.settings.at(option)),
                           router.name + ": transport \"" + name.text + "\" not found",
                           hint_for(name.text, conf_.transports));
    }

    void word(const Driver& driver, std::string_view option, std::initializer_list<std::string_view> words)
    {
        const std::string& value = driver.settings.text(option);
        if (!driver.settings.is_set(option) || is_one_of(lower(value), words))
            return;
        std::vector<std::string> known(words.begin(), words.end());
        fail_at(driver, option, value + " is not valid for the " + std::string(option) + " option",
                "known are " + join(known, ", "));
    }

    // A number that no user of this machine has brings no group along.
    void user_has_group(const Driver& driver, std::string_view kind)
    {
        if (driver.settings.identity("user") && !driver.settings.is_set("group"))
            fail(driver, kind, "user set without group", "name the group too");
    }

    void router(const Driver& router)
    {
        const Settings& all = router.settings;
        user_has_group(router, "router");
        must_name_transport(router, "transport");
        must_name_router(router, "redirect_router");
        must_name_router(router, "pass_router");
        pass_router_follows(router);
        const std::string_view self = trim(all.text("self"));
        if (!is_one_of(self, {"freeze", "defer", "send", "pass", "fail"}) && !self.starts_with("reroute:"))
            fail_at(router, "self", all.text("self") + " is not valid for the self option",
                    "known are defer, fail, freeze, pass, reroute: DOMAIN, send");
        if (router.driver == "redirect")
            redirect(router);
        else if (is_one_of(router.driver, {"accept", "dnslookup", "ipliteral"}) &&
                 !all.is_set("transport") && !all.flag("verify_only"))
            fail(router, "router", "a transport is required for this router");
        if (router.driver == "manualroute")
            manualroute(router);
        if (router.driver == "iplookup")
            iplookup(router);
    }

    void iplookup(const Driver& router)
    {
        const Settings& all = router.settings;
        if (!all.is_set("hosts"))
            fail(router, "router", "hosts must be specified", "they are asked for the new address");
        if (const auto port = all.number("port"); port < 1 || port > 65535)
            fail(router, "router", "port must be specified", "a number between 1 and 65535");
        word(router, "protocol", {"udp", "tcp"});
        if (all.is_set("transport"))
            fail_at(router, "transport", "a transport must not be defined for this router",
                    "the new address goes through the routers again, and one of those has the transport");
    }

    void pass_router_follows(const Driver& router)
    {
        const std::string& name = router.settings.text("pass_router");
        for (const auto& other : conf_.routers) {
            if (other.name == name)
                fail_at(router, "pass_router", "new_router \"" + name + "\" does not follow \"" + router.name + "\" router");
            if (&other == &router)
                return;
        }
    }

    void redirect(const Driver& router)
    {
        const Settings& all = router.settings;
        if (all.is_set("data") && all.is_set("file"))
            fail(router, "router", "only one of \"file\" or \"data\" must be specified");
        if (!all.is_set("data") && !all.is_set("file"))
            fail(router, "router", "one of \"file\" or \"data\" must be specified");
        if (all.is_set("transport"))
            fail_at(router, "transport", "a transport must not be defined for this router",
                    "file_transport, pipe_transport and their kind say who delivers");
        if (all.is_set("qualify_domain") && all.flag("qualify_preserve_domain"))
            fail(router, "router", "only one of \"qualify_domain\" or \"qualify_preserve_domain\" must be set");
        if (all.flag("allow_filter") && !all.is_set("user") && !all.flag("check_local_user"))
            fail_at(router, "allow_filter", "\"user\" or \"check_local_user\" must be set with \"allow_filter\"",
                    "a filter is obeyed with somebody's rights");
        if (all.flag("one_time") && all.expandable("unseen").text != "false")
            fail(router, "router", "\"unseen\" may not be used with \"one_time\"");
        for (const std::string_view option : {"headers_add", "headers_remove"})
            if (all.flag("one_time") && all.is_set(option))
                fail(router, "router", "\"" + std::string(option) + "\" may not be used with \"one_time\"");
        for (const std::string_view option : {"directory_transport", "file_transport", "pipe_transport", "reply_transport"})
            must_name_transport(router, option);
    }

    void manualroute(const Driver& router)
    {
        const Settings& all = router.settings;
        if (all.is_set("route_list") == all.is_set("route_data"))
            fail(router, "router", "route_list or route_data (but not both) must be specified");
        word(router, "host_find_failed", {"decline", "defer", "fail", "freeze", "ignore", "pass"});
        word(router, "host_all_ignored", {"decline", "defer", "fail", "freeze", "pass"});
    }

    void transport(const Driver& transport)
    {
        const Settings& all = transport.settings;
        user_has_group(transport, "transport");
        if (all.flag("body_only") && all.flag("headers_only"))
            fail(transport, "transport", "body_only and headers_only are mutually exclusive");
        if (transport.driver == "appendfile")
            appendfile(transport);
        if (transport.driver == "lmtp" && all.is_set("command") == all.is_set("socket"))
            fail(transport, "transport", "one (and only one) of command or socket must be set");
        if (transport.driver == "pipe")
            pipe(transport);
        if (transport.driver == "queuefile")
            queuefile(transport);
        if (all.is_set("shadow_transport") && transport.driver != "smtp")
            must_be_local(transport, "shadow_transport", all.text("shadow_transport"));
        if (transport.driver == "smtp") {
            if (all.is_set("shadow_transport"))
                fail_at(transport, "shadow_transport", "shadow transport not allowed on non-local transport",
                        "a copy of what goes to other hosts is made by a router with unseen");
            word(transport, "protocol", {"smtp", "smtps", "lmtp"});
            if (all.is_set("transport_filter"))
                remote_filter(transport);
        }
    }

    void queuefile(const Driver& transport)
    {
        if (!transport.settings.is_set("directory"))
            fail(transport, "transport", "directory must be specified", "it gets the files ID-H and ID-D");
        for (const std::string_view option : {"body_only", "headers_only", "transport_filter"})
            if (transport.settings.is_written(option))
                fail_at(transport, option, "a message in the form of the spool is always whole",
                        "a transport with the appendfile driver writes a part of a message, or what a filter makes of it");
    }

    // Launcher runs it, and is told here as whom.
    void remote_filter(const Driver& transport)
    {
        for (const auto* option : {"user", "group"})
            if (transport.settings.is_set(option) && !std::holds_alternative<config::Identity>(transport.settings.find(option)->value) &&
                !transport.settings.expandable(option).is_constant())
                fail_at(transport, option, std::string(option) + " of an smtp transport with a transport_filter must be a name, and not an expansion",
                        "the filter runs as exim_user where the transport names nobody");
    }

    // Which side an authenticator is for: the option that Exim decides by.
    static bool is_for(const Driver& authenticator, bool server)
    {
        const Settings& all = authenticator.settings;
        if (authenticator.driver == "plaintext")
            return all.is_set(server ? "server_condition" : "client_send");
        if (authenticator.driver == "cram_md5")
            return all.is_set(server ? "server_secret" : "client_secret");
        if (authenticator.driver == "spa")
            return all.is_set(server ? "server_password" : "client_username");
        if (authenticator.driver == "external")
            return all.is_set(server ? "server_condition" : "client_send");
        return authenticator.driver == "dovecot" && server;
    }

    // A client names a mechanism, and one authenticator must be meant.
    void same_public_name(const Driver& first, const Driver& second)
    {
        const std::string& name = second.settings.text("public_name");
        if (name.empty() || !same_nocase(first.settings.text("public_name"), name))
            return;
        for (const bool server : {true, false})
            if (is_for(first, server) && is_for(second, server))
                problems_.error(second.origin, second.name + ":",
                                std::string("two ") + (server ? "server" : "client") + " authenticators (" + first.name + " and " +
                                    second.name + ") have the same public name (" + name + ")");
    }

    // A companion of a local transport is a local one.
    void must_be_local(const Driver& transport, std::string_view option, const std::string& name)
    {
        const auto found = std::ranges::find(conf_.transports, name, &Driver::name);
        const bool is_there = found != conf_.transports.end();
        if (!is_there || found->driver == "smtp")
            config::object(policy_, problems_, transport.settings.origin(option), config::show_line(transport.settings.at(option)),
                           transport.name + ": transport \"" + name + "\" " + (is_there ? "is not a local one" : "not found"),
                           is_there ? std::string() : hint_for(name, conf_.transports));
    }

    void appendfile(const Driver& transport)
    {
        const Settings& all = transport.settings;
        if (all.is_set("file") && all.is_set("directory"))
            fail(transport, "transport", "only one of \"file\" or \"directory\" can be specified");
        if (all.flag("maildir_format") && all.flag("mailstore_format"))
            fail(transport, "transport", "only one of maildir and mailstore may be specified");
        const auto formats = config::split_list(all.text("file_format"));
        if (formats.size() % 2)
            fail_at(transport, "file_format", "a text has no transport after it", "the items are pairs: TEXT : TRANSPORT");
        for (std::size_t i = 1; i < formats.size(); i += 2)
            must_be_local(transport, "file_format", formats[i]);
        const std::string& create = all.text("create_file");
        if (!is_one_of(create, {"", "anywhere", "belowhome", "inhome"}) && !create.starts_with('/'))
            fail_at(transport, "create_file", "invalid value given for \"create_file\": '" + create + "'",
                    "known are anywhere, belowhome, inhome, or a directory");
    }

    void pipe(const Driver& transport)
    {
        const Settings& all = transport.settings;
        if (!all.flag("use_shell"))
            return;
        for (const std::string_view option : {"allow_commands", "restrict_to_path"})
            if (option == "allow_commands" ? all.is_set(option) : all.flag(option))
                fail(transport, "transport", "both " + std::string(option) + " and use_shell set");
    }

    const Configuration& conf_;
    const config::Unsupported policy_;
    Problems& problems_;
};

}

void check_consistency(const Configuration& configuration, config::Unsupported policy, Problems& problems)
{
    Checks(configuration, policy, problems).run();
    check_contradictions(configuration, problems);
    check_mua_wrapper(configuration, problems);
}

}
