#include <gtest/gtest.h>

#include "common/config/listing.h"
#include "conf/params/configuration.h"
#include "conf/params/log_ports.h"

namespace gp::conf {
namespace {

const config::Names& names()
{
    static const config::Names made{
        [](std::string_view name) -> std::optional<config::Identity> {
            if (name == "mail")
                return config::Identity{"mail", 8, 12};
            if (name == "root")
                return config::Identity{"root", 0, 0};
            if (name == "gatepost")
                return config::Identity{"gatepost", 900, 901};
            if (name == "4242")
                return config::Identity{"4242", 4242, config::Identity::no_group};
            return std::nullopt;
        },
        [](std::string_view name) -> std::optional<config::Identity> {
            if (name == "adm")
                return config::Identity{"adm", 4, config::Identity::no_group};
            return std::nullopt;
        },
        [](std::uint32_t id) { return id == 12 ? std::string("post") : std::to_string(id); },
    };
    return made;
}

Loaded read(const std::string& text, config::Unsupported unsupported = config::Unsupported::refuse,
            std::vector<std::string> definitions = {})
{
    return load({.name = "conf", .text = text},
                {.unsupported = unsupported, .definitions = std::move(definitions), .host_name = "mx.example",
                 .names = &names()});
}

// --- what is computed ---------------------------------------------------------------------------

TEST(Load, ComputesTheNamesThatTheFileDoesNotGive)
{
    const auto loaded = read("");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& main = loaded.configuration->main;
    EXPECT_EQ(main.identity.primary_hostname, "mx.example");
    EXPECT_EQ(main.identity.qualify_domain, "mx.example");
    EXPECT_EQ(main.identity.qualify_recipient, "mx.example");
    EXPECT_FALSE(main.all.is_written("primary_hostname"));
    EXPECT_EQ(read("primary_hostname = a.b\n").configuration->main.identity.qualify_recipient, "a.b");
    EXPECT_EQ(read("qualify_domain = c.d\n").configuration->main.identity.qualify_recipient, "c.d");
}

TEST(Load, PutsKnownNamesIntoThePlacesOfTheInstance)
{
    const auto loaded = read("spool_directory = /var/spool/$primary_hostname\nlog_file_path = $spool_directory/log/%s : ${spool_directory}/b\n"
                             "pid_file_path = /run/${primary_hostname}_x\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& main = loaded.configuration->main;
    EXPECT_EQ(main.process.spool_directory, "/var/spool/mx.example");
    EXPECT_EQ(main.logging.log_file_path.text, "/var/spool/mx.example/log/%s : /var/spool/mx.example/b");
    EXPECT_EQ(main.all.text("pid_file_path"), "/run/mx.example_x");
    EXPECT_EQ(read("").configuration->main.logging.log_file_path.text, "/var/spool/gatepost/log/%slog");
}

TEST(Load, FallsBackToThePackagesUser)
{
    const auto loaded = read("");
    EXPECT_EQ(loaded.configuration->main.process.exim_user.id, 900u);
    EXPECT_EQ(loaded.configuration->main.process.exim_group.id, 901u);
    const auto written = read("exim_user = mail\n");
    EXPECT_EQ(written.configuration->main.process.exim_user.id, 8u);
    EXPECT_EQ(written.configuration->main.process.exim_group.name, "post");
}

TEST(Load, NeverDeliversAsRoot)
{
    const auto loaded = read("never_users = mail\n");
    const auto& never = loaded.configuration->main.identity.never_users;
    ASSERT_EQ(never.size(), 2u);
    EXPECT_EQ(never[1].id, 0u);
    EXPECT_EQ(read("never_users = root : mail\n").configuration->main.identity.never_users.size(), 2u);
}

TEST(Load, LeavesUnsetNumbersAtWhatTheStructsSay)
{
    EXPECT_EQ(read("").configuration->main.queue.queue_only_load, -1000);
    EXPECT_EQ(read("queue_only_load = 1.5\n").configuration->main.queue.queue_only_load, 1500);
}

TEST(Load, TakesTheOldNameOfAnOption)
{
    EXPECT_EQ(read("return_size_limit = 5K\n").configuration->main.delivery.bounce_return_size_limit, 5120);
}

TEST(Load, CallsTheProgramByTheNameAskedFor)
{
    EXPECT_NE(read("").configuration->main.smtp_input.smtp_banner.text.find("Gatepost"), std::string::npos);
    const auto loaded = load({.name = "conf", .text = ""}, {.host_name = "h", .names = &names(), .software = "Exim"});
    EXPECT_NE(loaded.configuration->main.smtp_input.smtp_banner.text.find("ESMTP Exim $version"), std::string::npos);
}

TEST(Load, TakesMacrosFromTheCommandLine)
{
    const auto loaded = read("AA = x\nqualify_domain = AA.BB\n", config::Unsupported::refuse, {"AA=a", "BB = b"});
    ASSERT_TRUE(loaded) << loaded.problems.text();
    EXPECT_EQ(loaded.configuration->main.identity.qualify_domain, "a.b");
    EXPECT_EQ(read("", config::Unsupported::refuse, {"aa=b"}).problems.text(),
              "macro name set by -D must start with an upper case letter\n    -Daa=b\n");
}

// --- drivers ------------------------------------------------------------------------------------

TEST(Load, GivesDriversTheirGenericAndPrivateOptionsInAnyOrder)
{
    const auto loaded = read("begin routers\nr:\n data = a@b\n domains = x : y\n driver = redirect\n no_more\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto* router = loaded.configuration->router("r");
    ASSERT_NE(router, nullptr);
    EXPECT_EQ(router->driver, "redirect");
    EXPECT_EQ(router->settings.text("data"), "a@b");
    EXPECT_EQ(router->settings.expandable("domains").text, "x : y");
    EXPECT_EQ(router->settings.expandable("more").text, "false");
    EXPECT_FALSE(router->settings.flag("check_ancestor"));
    EXPECT_EQ(router->settings.origin("data").text(), "conf:3");
    EXPECT_EQ(loaded.configuration->router("nosuch"), nullptr);
}

TEST(Load, ComputesDefaultsThatDependOnOtherOptions)
{
    const auto loaded = read(R"(begin routers
local:
  driver = accept
  check_local_user
  transport = mbox
aliases:
  driver = redirect
  file = /etc/aliases
  owners = mail
  user = mail
begin transports
mbox:
  driver = appendfile
  file = /var/mail/x
  use_flock_lock
maildir:
  driver = appendfile
  directory = /x
  maildir_format
command:
  driver = pipe
  use_bsmtp
host:
  driver = smtp
  protocol = LMTP
)", config::Unsupported::accept);
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& conf = *loaded.configuration;
    EXPECT_TRUE(conf.router("local")->settings.flag("retry_use_local_part"));
    EXPECT_TRUE(conf.router("local")->settings.flag("log_as_local"));
    EXPECT_FALSE(conf.router("aliases")->settings.flag("retry_use_local_part"));
    EXPECT_TRUE(conf.router("aliases")->settings.flag("check_owner"));
    EXPECT_FALSE(conf.router("aliases")->settings.flag("check_group"));
    EXPECT_EQ(conf.router("aliases")->settings.identity("group")->id, 12u);
    EXPECT_EQ(conf.transport("mbox")->settings.text("check_string"), "From ");
    EXPECT_FALSE(conf.transport("mbox")->settings.flag("use_fcntl_lock"));
    EXPECT_TRUE(conf.transport("mbox")->settings.flag("use_lockfile"));
    EXPECT_FALSE(conf.transport("maildir")->settings.is_set("message_prefix"));
    EXPECT_EQ(conf.transport("command")->settings.text("escape_string"), "..");
    EXPECT_EQ(conf.transport("host")->settings.text("port"), "lmtp");
    EXPECT_FALSE(conf.transport("host")->settings.flag("retry_use_local_part"));
}

TEST(Load, SpreadsVerifyOverItsTwoHalves)
{
    const auto loaded = read("begin routers\na:\n driver = redirect\n data = x\n no_verify\nb:\n driver = redirect\n data = x\n"
                             " no_verify\n verify_sender\n fail_verify\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& a = loaded.configuration->router("a")->settings;
    EXPECT_FALSE(a.flag("verify_sender"));
    EXPECT_FALSE(a.flag("verify_recipient"));
    const auto& b = loaded.configuration->router("b")->settings;
    EXPECT_TRUE(b.flag("verify_sender"));
    EXPECT_FALSE(b.flag("verify_recipient"));
    EXPECT_TRUE(b.flag("fail_verify_sender"));
}

TEST(Load, HidesAnOptionInAllInstancesOfADriver)
{
    const auto loaded = read("begin transports\na:\n driver = smtp\n hide hosts = secret\nb:\n driver = smtp\n hosts = open\n"
                             "c:\n driver = pipe\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    EXPECT_EQ(config::show_setting(loaded.configuration->transport("b")->settings.at("hosts")),
              "hosts = <value not displayable>");
}

// --- the rest of a file -------------------------------------------------------------------------

TEST(Load, KeepsListsAclsAndRulesWithTheirOrigins)
{
    const auto loaded = read("domainlist local = a : b\nbegin acl\ncheck:\n accept\nbegin retry\n* * F,1h,1m\n"
                             "begin rewrite\n*@a $1@b FT\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& conf = *loaded.configuration;
    ASSERT_NE(conf.list(config::ListKind::domain, "local"), nullptr);
    EXPECT_EQ(conf.list(config::ListKind::host, "local"), nullptr);
    EXPECT_EQ(conf.acl("check")->lines.size(), 1u);
    EXPECT_EQ(conf.retry.at(0).origin.text(), "conf:6");
    EXPECT_EQ(conf.rewrite.at(0).flags, "FT");
}

TEST(Load, ReadsTheFlattenedFormWithoutAskingTheMachineAgain)
{
    const auto loaded = read("AA = mail\n.ifdef AA\nexim_user = AA\n.endif\nbegin routers\nr:\n driver = accept\n"
                             " verify_only\nBB = x\ns:\n driver = redirect\n data = BB\n user = 4242\n group = adm\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto octets = config::pack(loaded.configuration->flat);
    const auto again = load_flat(octets);
    ASSERT_TRUE(again) << again.problems.text();
    const auto& conf = *again.configuration;
    EXPECT_EQ(conf.main.identity.primary_hostname, "mx.example");
    EXPECT_EQ(conf.main.process.exim_user, (config::Identity{"mail", 8, 12}));
    EXPECT_EQ(conf.router("s")->settings.text("data"), "x");
    EXPECT_EQ(conf.router("s")->settings.identity("user")->id, 4242u);
    EXPECT_EQ(conf.router("s")->origin.text(), "conf:10");
    EXPECT_EQ(conf.file, "conf");
    EXPECT_EQ(config::show_settings(conf.main.all), config::show_settings(loaded.configuration->main.all));
    EXPECT_EQ(config::pack(conf.flat), octets);
}

TEST(Load, RefusesADamagedFlattenedForm)
{
    EXPECT_FALSE(load_flat("nonsense"));
    EXPECT_FALSE(load_flat(""));
}

TEST(Load, SaysEverythingThatIsWrongInOneGo)
{
    const auto loaded = read("qeue_only\nrecipients_max = many\nbegin routers\na:\n driver = acept\nb:\n condition = x\n"
                             "begin retry\n* * Z,1h,1m\nbegin rewrite\n*@a\n");
    EXPECT_FALSE(loaded);
    EXPECT_EQ(loaded.problems.errors(), 6u) << loaded.problems.text();
}

TEST(Load, LogPortsAreNumbers)
{
    EXPECT_EQ(*logged_ports("! 25 : !587"), "!25:!587");
    EXPECT_EQ(*logged_ports("<; 25 ; * ;"), "25:*");
    EXPECT_EQ(*logged_ports(""), "");
    EXPECT_EQ(*logged_ports("00025"), "25");
    for (const char* wrong : {"smtp", "*5", "65536", "!", "25 26", "+ports"})
        EXPECT_FALSE(logged_ports(wrong)) << wrong;
}

TEST(Load, WhatChangesNothingStandsBesideMuaWrapper)
{
    EXPECT_TRUE(read("mua_wrapper\nqueue_only\nbegin transports\na:\n driver = smtp\n no_disable_logging\nb:\n driver = pipe\n disable_logging\n"
                     "begin routers\nc:\n driver = accept\n transport = a\n"));
    EXPECT_TRUE(read("mua_wrapper = false\nbegin transports\na:\n driver = smtp\n event_action = b\n"));
}

// What it asks is this file's business; what it gets goes on to every service with the flattened form.
TEST(Load, ExpandsOnceWhatIsExpandedOnce)
{
    std::vector<std::string> asked;
    const LoadOptions options{.host_name = "mx.example", .names = &names(), .constant_value = [&](std::string_view text) {
                                  asked.emplace_back(text);
                                  return text.starts_with("${if") ? std::optional<std::string>("mail : 4242") : std::nullopt;
                              }};
    const auto loaded = load({.name = "conf", .text = "trusted_users = ${if eq{$primary_hostname}{a}{b}{c}}\nadmin_groups = adm\n"
                                                      "spool_directory = /x/${qualify_domain}\n"},
                             options);
    ASSERT_TRUE(loaded) << loaded.problems.text();
    EXPECT_EQ(asked, std::vector<std::string>{"${if eq{mx.example}{a}{b}{c}}"});
    const auto flat = load_flat(config::pack(loaded.configuration->flat));
    ASSERT_TRUE(flat) << flat.problems.text();
    for (const auto& one : {loaded, flat}) {
        const auto& users = one.configuration->main.identity.trusted_users;
        ASSERT_EQ(users.size(), 2u);
        EXPECT_EQ(users[0].id, 8u);
        EXPECT_EQ(users[1].id, 4242u);
        EXPECT_EQ(one.configuration->main.all.expandable("spool_directory").text, "/x/mx.example");
    }
    const auto refused = load({.name = "conf", .text = "never_users = ${lookup{a}lsearch{/b}}\n"}, options);
    EXPECT_FALSE(refused);
    EXPECT_NE(refused.problems.text().find("never_users is expanded once"), std::string::npos) << refused.problems.text();
    const auto unknown = load({.name = "conf", .text = "never_users = ${if a}\n"},
                              {.names = &names(), .constant_value = [](std::string_view) { return std::optional<std::string>("nobody-here"); }});
    EXPECT_NE(unknown.problems.text().find("conf:1: user nobody-here was not found"), std::string::npos) << unknown.problems.text();
}

struct ErrorCase {
    std::string text, want;
};

TEST(Load, RefusesWhatCannotWork)
{
    const ErrorCase cases[] = {
        {"spool_directory = spool\n", "conf:1: spool_directory must be an absolute path"},
        {"spool_directory = /x/${if a}\n", "conf:1: spool_directory can hold macros, $primary_hostname"},
        {"trusted_users = ${if a}\n", "conf:1: trusted_users is expanded once, when the file is read: it can ask for $primary_hostname"},
        {"local_sender_retain\n", "conf:1: both local_from_check and local_sender_retain are set"},
        {"smtp_bare_newline = maybe\n", "conf:1: smtp_bare_newline is \"reject\" or \"normalize\""},
        {"tls_early_banner_hosts = *\n", "conf:1: option \"tls_early_banner_hosts\" is not supported yet: "},
        {"mua_wrapper\nsystem_filter = /etc/a\n", "conf:2: system_filter cannot be obeyed with mua_wrapper: what is carried"},
        {"mua_wrapper\nevent_action = a\n", "conf:2: event_action cannot be obeyed with mua_wrapper: no event"},
        {"mua_wrapper\nbegin routers\na:\n driver = redirect\n data = x\n disable_logging\n",
         "conf:6: a: disable_logging cannot be obeyed with mua_wrapper: deliveries that a program waits for"},
        {"mua_wrapper\nbegin routers\na:\n driver = redirect\n data = x\n syntax_errors_to = p@x\n",
         "conf:6: a: syntax_errors_to cannot be obeyed with mua_wrapper: it would make a message"},
        {"mua_wrapper\nbegin transports\na:\n driver = smtp\n event_action = b\n",
         "conf:5: a: event_action cannot be obeyed with mua_wrapper: no event"},
        {"mua_wrapper\nbegin transports\na:\n driver = smtp\n disable_logging\n", "conf:5: a: disable_logging cannot be obeyed with mua_wrapper"},
        {"mua_wrapper\nbegin transports\na:\n driver = smtp\n max_parallel = 1\n", "conf:5: a: max_parallel cannot be obeyed with mua_wrapper"},
        {"mua_wrapper\nbegin transports\na:\n driver = smtp\n serialize_hosts = *\n", "conf:5: a: serialize_hosts cannot be obeyed with mua_wrapper"},
        {"disable_fsync\n", "conf:1: option \"disable_fsync\" cannot be set: Acknowledged mail"},
        {"begin local_scan\na = b\n", "conf:1: there is no local_scan() function here"},
        {"begin routers\na:\n driver = acept\n", "conf:3: router a: cannot find router driver \"acept\" (did you mean accept?)"},
        {"begin routers\na:\n condition = x\n", "conf:2: no driver defined for router \"a\""},
        {"begin routers\na:\n driver = iplookup\n port = 1\n", "conf:2: a router: hosts must be specified"},
        {"begin routers\na:\n driver = iplookup\n hosts = a\n", "conf:2: a router: port must be specified"},
        {"begin routers\na:\n driver = iplookup\n hosts = a\n port = 1\n protocol = sctp\n",
         "conf:6: a: sctp is not valid for the protocol option (known are udp, tcp)"},
        {"begin routers\na:\n driver = iplookup\n hosts = a\n port = 1\n transport = t\nbegin transports\nt:\n driver = smtp\n",
         "conf:6: a: a transport must not be defined for this router"},
        {"begin transports\na:\n driver = queuefile\n", "conf:2: a transport: directory must be specified"},
        {"begin transports\na:\n driver = queuefile\n directory = /d\n body_only\n",
         "conf:5: a: a message in the form of the spool is always whole"},
        {"begin authenticators\na:\n driver = heimdal_gssapi\n", "conf:3: authenticator driver \"heimdal_gssapi\" is not supported yet"},
        {"begin routers\na:\n driver = accept\n", "conf:2: a router: a transport is required for this router"},
        {"begin routers\na:\n driver = accept\n transport = t\n", "conf:4: a: transport \"t\" not found"},
        {"begin routers\na:\n driver = accept\n verify_only\n data = x\n",
         "conf:5: option \"data\" unknown to router driver accept"},
        {"begin routers\na:\n driver = accept\n verify_only\n verify_only\n",
         "conf:5: \"verify_only\" option set for the second time (the first is at conf:4)"},
        {"begin routers\na:\n driver = redirect\n", "conf:2: a router: one of \"file\" or \"data\" must be specified"},
        {"begin routers\na:\n driver = redirect\n data = x\n file = /y\n",
         "conf:2: a router: only one of \"file\" or \"data\" must be specified"},
        {"begin routers\na:\n driver = redirect\n data = x\n redirect_router = b\n", "conf:5: a: new_router \"b\" not found"},
        {"begin routers\nb:\n driver = redirect\n data = x\na:\n driver = redirect\n data = x\n pass_router = b\n",
         "conf:8: a: new_router \"b\" does not follow \"a\" router"},
        {"begin routers\na:\n driver = redirect\n data = x\n qualify_domain = y\n qualify_preserve_domain\n",
         "conf:2: a router: only one of \"qualify_domain\" or \"qualify_preserve_domain\" must be set"},
        {"begin routers\na:\n driver = manualroute\n verify_only\n", "conf:2: a router: route_list or route_data (but not both)"},
        {"begin routers\na:\n driver = manualroute\n route_list = * b\n host_find_failed = x\n",
         "conf:5: a: x is not valid for the host_find_failed option (known are decline, defer, fail, freeze, ignore, pass)"},
        {"begin routers\na:\n driver = dnslookup\n verify_only\n self = x\n", "conf:5: a: x is not valid for the self option"},
        {"begin routers\na:\n driver = redirect\n data = x\n user = 4242\n", "conf:2: a router: user set without group"},
        {"begin routers\na:\n driver = redirect\n data = x\n user = nobody_here\n", "conf:5: user nobody_here was not found"},
        {"begin routers\na:\n driver = redirect\n data = x\n one_time\n headers_add = X: y\n",
         "conf:2: a router: \"headers_add\" may not be used with \"one_time\""},
        {"log_ports = 25 : smtp\n", "conf:1: log_ports: \"smtp\" is no port number, and not * (a list of port numbers, as in"},
        {"decision_journal = some\n", "conf:1: decision_journal is \"refusals\", \"all\" or \"off\""},
        {"begin transports\na:\n driver = appendfile\n file = /a\n directory = /b\n",
         "conf:2: a transport: only one of \"file\" or \"directory\" can be specified"},
        {"begin transports\na:\n driver = appendfile\n file = /a\n create_file = x\n",
         "conf:5: a: invalid value given for \"create_file\": 'x'"},
        {"begin transports\na:\n driver = lmtp\n", "conf:2: a transport: one (and only one) of command or socket must be set"},
        {"begin transports\na:\n driver = pipe\n use_shell\n restrict_to_path\n",
         "conf:2: a transport: both restrict_to_path and use_shell set"},
        {"begin transports\na:\n driver = smtp\n body_only\n headers_only\n",
         "conf:2: a transport: body_only and headers_only are mutually exclusive"},
        {"begin transports\na:\n driver = smtp\n user = $local_part\n transport_filter = /bin/cat\n",
         "conf:4: a: user of an smtp transport with a transport_filter must be a name"},
        {"begin transports\na:\n driver = smtp\n protocol = x\n", "conf:4: a: x is not valid for the protocol option"},
    };
    for (const auto& test : cases) {
        const auto loaded = read(test.text);
        EXPECT_FALSE(loaded) << test.text;
        EXPECT_EQ(loaded.problems.errors(), 1u) << test.text << loaded.problems.text();
        EXPECT_TRUE(loaded.problems.text().starts_with(test.want)) << loaded.problems.text();
    }
}

// Each is refused by Exim -bV too, in these words.
TEST(Load, RefusesOptionsOfADriverThatNeedOrExcludeEachOther)
{
    const std::string transport = "begin transports\na:\n driver = ", router = "begin routers\na:\n driver = ",
                      authenticator = "begin authenticators\na:\n driver = ";
    const struct {
        std::string text;
        std::string_view want;
    } cases[] = {
        {transport + "pipe\n command = /b\n return_output\n return_fail_output\n", "conf:6: a: both return_output and return_fail_output set"},
        {transport + "pipe\n command = /b\n log_output\n log_fail_output\n", "conf:6: a: both log_output and log_fail_output set"},
        {transport + "pipe\n command = /b\n temp_errors = * : 5\n", "conf:5: a: temp_errors must be a list of numbers or an asterisk"},
        {transport + "pipe\n command = /b\n temp_errors = -1\n", "conf:5: a: temp_errors must be a list of numbers or an asterisk"},
        {transport + "appendfile\n file = /a\n no_use_lockfile\n no_use_fcntl_lock\n", "conf:2: a transport: no locking configured"},
        {transport + "appendfile\n file = /a\n quota_directory = /b\n", "conf:5: a: quota_directory must not be set without \"directory\""},
        {transport + "appendfile\n directory = /a\n quota_filecount = 5\n", "conf:5: a: quota must be set if quota_filecount is set"},
        {transport + "smtp\n data_timeout = 0s\n", "conf:4: a: command, data, or final timeout value is zero"},
        {transport + "smtp\n shadow_transport = a\n", "conf:4: a: shadow transport not allowed on non-local transport"},
        {transport + "smtp\n headers_rewrite = a@b\n", "conf:4: "},
        {transport + "smtp\n headers_rewrite = a@b c@d X\n", "conf:4: "},
        {router + "queryprogram\n command_user = root\n", "conf:2: a router: a command specification is required"},
        {router + "queryprogram\n command = /b\n", "conf:2: a router: command_user must be specified"},
        {authenticator + "spa\n public_name = NTLM\n client_username = x\n",
         "conf:2: a authenticator: one of client_username and client_password cannot be set without the other"},
        {"begin authenticators\na:\n driver = external\n public_name = X\n server_condition = y\nb:\n driver = external\n public_name = x\n"
         " server_condition = y\n", "conf:6: two server authenticators (a and b) have the same public name (x)"},
    };
    for (const auto& test : cases) {
        const auto loaded = read(test.text);
        EXPECT_EQ(loaded.problems.errors(), 1u) << test.text << loaded.problems.text();
        EXPECT_TRUE(loaded.problems.text().starts_with(test.want)) << loaded.problems.text();
    }
    for (const auto& good : {transport + "pipe\n command = /b\n temp_errors = 75 : 73\n", transport + "pipe\n command = /b\n temp_errors = *\n",
                             transport + "appendfile\n file = /a\n no_use_lockfile\n no_use_fcntl_lock\n use_flock_lock\n",
                             transport + "appendfile\n maildir_format\n quota = 1M\n quota_filecount = 5\n quota_directory = /q\n", // of redirection
                             transport + "appendfile\n directory = /a\n quota = 0\n quota_filecount = 5\n"})
        EXPECT_TRUE(read(good)) << good << read(good).problems.text();
}

TEST(Load, ReportsAMissingFile)
{
    const auto loaded = load({.name = "/no/such/gatepost.conf", .text = std::nullopt});
    EXPECT_FALSE(loaded);
    EXPECT_EQ(loaded.problems.text(), "configuration file /no/such/gatepost.conf: No such file or directory\n");
}

// --- built-in macros and the default configuration ----------------------------------------------

TEST(MainWords, AreThoseThatEximKnows)
{
    for (const auto* good : {"syslog_facility = local0\n", "syslog_facility = LOG_MAIL\n", "tls_dh_max_bits = 1024\n", "lookup_threads = 256\n"})
        EXPECT_TRUE(read(good)) << good;
    const auto facility = read("syslog_facility = abc\n");
    EXPECT_FALSE(facility);
    EXPECT_NE(facility.problems.text().find("failed to interpret syslog_facility \"abc\""), std::string::npos);
    EXPECT_FALSE(read("tls_dh_max_bits = 1023\n"));
    EXPECT_FALSE(read("lookup_threads = 0\n"));
    EXPECT_FALSE(read("lookup_threads = 257\n"));
    EXPECT_FALSE(read("begin routers\nr:\n  driver = accept\n  verify_only\n  pass_router =\n"));
}

TEST(BuiltInMacros, ExistForWhatWorksOnly)
{
    const auto loaded = read(".ifdef _OPT_MAIN_QUEUE_ONLY\nqueue_only\n.endif\n.ifdef _DRIVER_AUTHENTICATOR_HEIMDAL_GSSAPI\nbad\n.endif\n"
                             ".ifdef _OPT_MAIN_DMARC_HISTORY_FILE\nbad\n.endif\n.ifdef _HAVE_GNUTLS\nbad\n.endif\n"
                             ".ifndef _DRIVER_ROUTER_ACCEPT\nbad\n.endif\n.ifndef _OPT_ROUTERS_DOMAINS\nbad\n.endif\n"
                             ".ifndef _OPT_TRANSPORT_SMTP_HOSTS\nbad\n.endif\n.ifndef _LOG_8BITMIME\nbad\n.endif\n"
                             ".ifndef _HAVE_TLS\nbad\n.endif\n");
    ASSERT_TRUE(loaded) << loaded.problems.text();
    EXPECT_TRUE(loaded.configuration->main.queue.queue_only);
}

TEST(Authenticators, OfOneSideHaveDifferentPublicNames)
{
    const auto errors = [](const std::string& second) {
        return load({.name = "conf", .text = "begin authenticators\na:\n  driver = plaintext\n  public_name = PLAIN\n"
                                             "  server_condition = yes\nb:\n  driver = plaintext\n" + second},
                    {.host_name = "mx.example"})
            .problems.text();
    };
    EXPECT_NE(errors("  public_name = plain\n  server_condition = no\n")
                  .find("two server authenticators (a and b) have the same public name (plain)"),
              std::string::npos);
    EXPECT_EQ(errors("  public_name = LOGIN\n  server_condition = no\n"), "");
    EXPECT_EQ(errors("  public_name = PLAIN\n  client_send = ^a^b\n"), ""); // for the other side
}

TEST(DefaultConfiguration, IsGoodInEachOfItsForms)
{
    const std::vector<std::vector<std::string>> forms = {
        {}, {"PORT=2626"}, {"OWNER=mail"}, {"SMARTHOST=mail.example::587"}, {"CERTIFICATE=/c.pem", "KEY=/k.pem"}, {"INSTANCE=/tmp/x"},
    };
    for (const auto& definitions : forms) {
        const auto loaded = read(std::string(default_configuration()), config::Unsupported::refuse, definitions);
        ASSERT_TRUE(loaded) << loaded.problems.text();
        EXPECT_TRUE(loaded.problems.all().empty()) << loaded.problems.text(config::Problem::Weight::note);
        EXPECT_EQ(loaded.configuration->routers.size(), 4u);
        EXPECT_EQ(loaded.configuration->retry.size(), 1u);
    }
    EXPECT_EQ(read(std::string(default_configuration())).configuration->main.process.spool_directory,
              "/var/lib/gatepost/spool");
}

TEST(DefaultConfiguration, ComesWithAServiceTableAndAliases)
{
    EXPECT_FALSE(default_services().empty());
    EXPECT_NE(default_aliases().find("root: postmaster"), std::string_view::npos);
}

}
}
