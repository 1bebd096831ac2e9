// Plays a router that is not ours any more: it knows every word of the protocol, the ids of all users and what an
// honest router would say, and still gets nothing done as a user that neither the configuration nor the user's own
// file asks for.

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "common/process/identity.h"
#include "delivery/local/permits.h"
#include "delivery/local/tickets.h"
#include "delivery/local/workers.h"
#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

namespace gp::local {
namespace {

using launcher::FileQuestion;
using launcher::InterpretQuestion;

const std::string home_mark{launcher::mark_home}, segment{launcher::mark_segment}, anything{launcher::mark_anything};

TEST(APattern, FitsWhatTheConfigurationCouldHaveExpandedTo)
{
    EXPECT_TRUE(fits("/usr/bin/procmail", "/usr/bin/procmail", ""));
    EXPECT_FALSE(fits("/usr/bin/procmail", "/usr/bin/procmailx", ""));
    EXPECT_FALSE(fits("/usr/bin/procmail", "/bin/sh", ""));
    EXPECT_TRUE(fits("/var/mail/" + segment, "/var/mail/ann", ""));
    EXPECT_FALSE(fits("/var/mail/" + segment, "/var/mail/ann/x", ""));
    EXPECT_TRUE(fits("/nowhere/" + segment + "/.forward" + segment, "/nowhere/ann/.forward", ""));
    EXPECT_FALSE(fits("/nowhere/" + segment + "/.forward" + segment, "/nowhere/ann/.ssh/id", ""));
    EXPECT_TRUE(fits(home_mark + "/.forward", "/nowhere/ann/.forward", "/nowhere/ann"));
    EXPECT_FALSE(fits(home_mark + "/.forward", "/nowhere/bob/.forward", "/nowhere/ann"));
    EXPECT_FALSE(fits(home_mark + "/.forward", "/.forward", ""));
    EXPECT_FALSE(fits(home_mark + "/.forward", "/nowhere/annie/.forward", "/nowhere/ann"));
    EXPECT_TRUE(fits(anything, "", ""));
    EXPECT_TRUE(fits("-f" + anything + "x", "-fa/b/x", ""));
}

// It has passwords tried where the configuration has them tried, and as nobody else.
TEST(Pam, IsAskedForAConfigurationThatAsksItAndNeverAsRoot)
{
    launcher::Parameters parameters;
    parameters.pam_uid = parameters.pam_gid = 51001;
    EXPECT_EQ(check_pam(parameters, true).error().cause, Cause::refused);
    EXPECT_FALSE(check_pam(parameters, false));
    parameters.checks_by_pam = true;
    EXPECT_TRUE(check_pam(parameters, true));
    parameters.pam_gids = {42};
    EXPECT_TRUE(check_pam(parameters, true));
    for (const auto spoil : {+[](launcher::Parameters& p) { p.pam_uid = 0; }, +[](launcher::Parameters& p) { p.pam_gid = 0; },
                             +[](launcher::Parameters& p) { p.pam_gids.push_back(0); }, +[](launcher::Parameters& p) { p.never_uids = {51001}; },
                             +[](launcher::Parameters& p) { p.pam_uid = launcher::any_uid; }}) {
        auto spoilt = parameters;
        spoil(spoilt);
        const auto refused = check_pam(spoilt, true);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().cause, Cause::refused);
    }
}

TEST(Sasl, IsStartedForAConfigurationThatHasItAndNeverAsRoot)
{
    launcher::Parameters parameters;
    parameters.sasl_uid = parameters.sasl_gid = 51001;
    EXPECT_EQ(check_sasl(parameters, true).error().cause, Cause::refused);
    EXPECT_FALSE(check_sasl(parameters, false));
    parameters.judges_by_sasl = true;
    parameters.sasl_gids = {45};
    EXPECT_TRUE(check_sasl(parameters, true));
    for (const auto spoil : {+[](launcher::Parameters& p) { p.sasl_uid = 0; }, +[](launcher::Parameters& p) { p.sasl_gid = 0; },
                             +[](launcher::Parameters& p) { p.sasl_gids.push_back(0); }, +[](launcher::Parameters& p) { p.never_uids = {51001}; },
                             +[](launcher::Parameters& p) { p.sasl_uid = launcher::any_uid; }}) {
        auto spoilt = parameters;
        spoil(spoilt);
        const auto refused = check_sasl(spoilt, true);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().cause, Cause::refused);
    }
}

TEST(APattern, TakesAHomeThatEndsInSlashes)
{
    for (const auto* home : {"/nowhere/ann", "/nowhere/ann/", "/nowhere/ann//"})
        for (const auto* text : {"/nowhere/ann/.forward", "/nowhere/ann//.forward", "/nowhere/ann///.forward"})
            EXPECT_TRUE(fits(home_mark + "/.forward", text, home)) << home << " " << text;
    EXPECT_TRUE(fits(home_mark + "/.forward", "//.forward", "/"));
    EXPECT_FALSE(fits(home_mark + "/.forward", "/nowhere/.forward", "/"));
}

// Checks that need no other user.
class ASubvertedRouter : public testing::Test {
protected:
    ASubvertedRouter()
    {
        parameters.transports = {
            {.name = "home", .driver = "appendfile", .uid = launcher::any_uid,
             .options = {{.name = "file", .patterns = {"/var/mail/" + segment}, .names_file = true},
                         {.name = "create_file", .patterns = {"inhome"}, .is_constant = true}},
             .command = {}, .filter = {}},
            {.name = "procmail", .driver = "pipe", .uid = launcher::any_uid, .options = {}, .command = {"/usr/bin/procmail", "-d", anything},
             .filter = {}},
            {.name = "inbox", .driver = "appendfile", .uid = launcher::any_uid,
             .options = {{.name = "file", .patterns = {home_mark + "/inbox"}, .names_file = true}}, .command = {}, .filter = {}},
            {.name = "list", .driver = "pipe", .uid = 38, .options = {}, .command = {"/usr/lib/list"}, .filter = {}},
            {.name = "address_pipe", .driver = "pipe", .uid = launcher::any_uid, .options = {}, .command = {}, .filter = {}},
        };
        parameters.files = {{.pattern = directory.path() + "/ann/.forward", .interprets = true, .modemask = 022, .checks_owner = true, .owners = {}},
                            {.pattern = directory.path() + "/ann/.special", .owners = {}}};
    }
    static router::Delivery to(const std::string& transport, const std::string& driver, std::vector<router::Option> options)
    {
        router::Delivery delivery;
        delivery.transport = transport;
        delivery.driver = driver;
        delivery.uid = delivery.gid = ann;
        delivery.options = std::move(options);
        return delivery;
    }
    bool passes(const router::Delivery& delivery, bool has_ticket = false)
    {
        return static_cast<bool>(check_delivery(parameters, delivery, has_ticket, "/nowhere/ann"));
    }

    static constexpr std::uint32_t ann = 51001, bob = 51002;
    test::TempDir directory;
    launcher::Parameters parameters{.primary_hostname = "mx.example"};
};

TEST_F(ASubvertedRouter, GetsWhatTheConfigurationSays)
{
    EXPECT_TRUE(passes(to("home", "appendfile", {{"file", "/var/mail/ann"}, {"create_file", "inhome"}})));
    EXPECT_TRUE(passes(to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}, {"command", "ann"}})));
}

TEST_F(ASubvertedRouter, NamesNoOtherFile)
{
    EXPECT_TRUE(passes(to("inbox", "appendfile", {{"file", "/nowhere/ann/inbox"}})));
    EXPECT_FALSE(passes(to("inbox", "appendfile", {{"file", "/nowhere/bob/inbox"}})));
    for (const auto* file : {"/nowhere/ann/.bashrc", "/var/mail/../../nowhere/ann/.bashrc", "/var/mail/.."})
        EXPECT_FALSE(passes(to("home", "appendfile", {{"file", file}, {"create_file", "inhome"}}))) << file;
}

TEST_F(ASubvertedRouter, LeavesOutNoConstantOptionAndAddsNone)
{
    EXPECT_FALSE(passes(to("home", "appendfile", {{"file", "/var/mail/ann"}})));
    EXPECT_FALSE(passes(to("home", "appendfile", {{"file", "/var/mail/ann"}, {"create_file", "anywhere"}})));
    EXPECT_FALSE(passes(to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}, {"command", "ann"}, {"use_shell", "true"}})));
    auto with_environment = to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}, {"command", "ann"}});
    with_environment.environment = {"LD_PRELOAD=/tmp/x.so"};
    EXPECT_FALSE(passes(with_environment));
}

TEST_F(ASubvertedRouter, RunsNoOtherProgram)
{
    EXPECT_FALSE(passes(to("procmail", "pipe", {{"command", "/bin/sh"}, {"command", "-d"}, {"command", "ann"}})));
    EXPECT_FALSE(passes(to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}})));
    EXPECT_FALSE(passes(to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}, {"command", "ann"}, {"command", "x"}})));
    EXPECT_FALSE(passes(to("list", "pipe", {{"command", "/usr/lib/list"}}))); // the transport's user is another
    EXPECT_FALSE(passes(to("procmail", "appendfile", {})));
    EXPECT_FALSE(passes(to("made_up", "pipe", {{"command", "/bin/sh"}})));
}

TEST_F(ASubvertedRouter, RunsNoOtherProgramOutOfAFolder)
{
    parameters.transports.push_back({.name = "scripts", .driver = "pipe", .uid = launcher::any_uid, .options = {},
                                     .command = {"/usr/lib/x/" + anything}, .filter = {}});
    EXPECT_TRUE(passes(to("scripts", "pipe", {{"command", "/usr/lib/x/ann"}})));
    EXPECT_FALSE(passes(to("scripts", "pipe", {{"command", "/bin/sh"}})));
    EXPECT_FALSE(passes(to("scripts", "pipe", {{"command", "/usr/lib/x/../../bin/sh"}})));
}

TEST_F(ASubvertedRouter, AsksAQueryprogramNothingElse)
{
    parameters.queries = {{.uid = ann, .gid = ann, .directory = "/", .words = {"/bin/sh", "/etc/route.sh", anything}}};
    parameters.programs = {std::to_string(ann) + " /usr/bin/id"};
    launcher::ProgramQuestion question{.uid = ann, .gid = ann, .words = {"/bin/sh", "/etc/route.sh", "joe"}, .directory = "/"};
    EXPECT_TRUE(may_run(parameters, question));
    const auto refused = [&](auto change) {
        auto other = question;
        change(other);
        return !may_run(parameters, other);
    };
    EXPECT_TRUE(refused([](auto& q) { q.words = {"/bin/sh", "-c", "evil"}; }));
    EXPECT_TRUE(refused([](auto& q) { q.words.push_back("more"); }));
    EXPECT_TRUE(refused([](auto& q) { q.words.pop_back(); }));
    EXPECT_TRUE(refused([](auto& q) { q.words.clear(); }));
    EXPECT_TRUE(refused([](auto& q) { q.uid = bob; }));
    EXPECT_TRUE(refused([](auto& q) { q.gid = 42; }));
    EXPECT_TRUE(refused([](auto& q) { q.directory = "/tmp"; }));
    EXPECT_TRUE(refused([](auto& q) { q.is_expansion = true; })) << "what a queryprogram runs, ${run does not";
    EXPECT_TRUE(may_run(parameters, {.uid = ann, .gid = ann, .words = {"/usr/bin/id", "-u"}, .directory = {}, .is_expansion = true}));
}

// Nor does a remote that is not ours any more have anything else run than the filters of its transports.
TEST_F(ASubvertedRouter, IsNoWorseThanASubvertedRemote)
{
    parameters.filters = {{.transport = "smtp", .uid = ann, .gid = ann, .words = {"/bin/filter", anything, "$pipe_addresses"}}};
    launcher::FilterQuestion question{.transport = "smtp", .words = {"/bin/filter", "mx.example", "$pipe_addresses"}, .addresses = {}, .message = {}};
    ASSERT_NE(permit_to_filter(parameters, question), nullptr);
    EXPECT_EQ(permit_to_filter(parameters, question)->uid, ann);
    const auto refused = [&](auto change) {
        auto other = question;
        change(other);
        return permit_to_filter(parameters, other) == nullptr;
    };
    EXPECT_TRUE(refused([](auto& q) { q.transport = "other"; }));
    EXPECT_TRUE(refused([](auto& q) { q.words[0] = "/bin/sh"; }));
    EXPECT_TRUE(refused([](auto& q) { q.words[2] = "-c"; }));
    EXPECT_TRUE(refused([](auto& q) { q.words.push_back("more"); }));
    EXPECT_TRUE(refused([](auto& q) { q.words.clear(); }));
}

TEST_F(ASubvertedRouter, LooksAtAHomeThatNobodyAsksForBehindWalls)
{
    parameters.files = {{.pattern = home_mark + "/.forward", .interprets = true, .owners = {}}};
    EXPECT_TRUE(may_look_at(parameters, ann, "/nowhere/ann/.forward", "/nowhere/ann")); // no password file has this uid
    EXPECT_FALSE(may_look_at(parameters, ann, "/nowhere/bob/.forward", "/nowhere/ann"));
    EXPECT_FALSE(may_look_at(parameters, ann, "/nowhere/ann/.forward", ""));
}

TEST_F(ASubvertedRouter, HasTheHomeOfNoOtherLogin)
{
    const auto daemon = process::find_user("daemon");
    const auto root = process::find_user("root");
    ASSERT_TRUE(daemon && root);
    EXPECT_EQ(home_of("daemon", daemon->uid), daemon->home);
    EXPECT_EQ(home_of("root", daemon->uid), daemon->home);
    EXPECT_EQ(home_of("", daemon->uid), daemon->home);
}

TEST_F(ASubvertedRouter, GetsNoGroupThatIsNotTheUsersOwn)
{
    const auto daemon = process::find_user("daemon");
    const auto shadow = process::find_group("shadow");
    ASSERT_TRUE(daemon && shadow);
    EXPECT_TRUE(check_groups(parameters, "daemon", daemon->uid, daemon->gid, {}));
    EXPECT_TRUE(check_groups(parameters, "", daemon->uid, daemon->gid, {daemon->gid}));
    EXPECT_FALSE(check_groups(parameters, "daemon", daemon->uid, *shadow, {}));
    EXPECT_FALSE(check_groups(parameters, "daemon", daemon->uid, daemon->gid, {daemon->gid, *shadow}));
    EXPECT_FALSE(check_groups(parameters, "daemon", ann, daemon->gid, {})) << "a login of somebody else's";
    parameters.also_gids = {*shadow};
    EXPECT_TRUE(check_groups(parameters, "daemon", daemon->uid, *shadow, {}));
    parameters.also_gids = {};
    parameters.scan_gid = *shadow; // for what the configuration runs, and for no delivery
    EXPECT_FALSE(check_groups(parameters, "daemon", daemon->uid, *shadow, {}));
    parameters.any_gid = true; // a group of the configuration is an expansion
    EXPECT_TRUE(check_groups(parameters, "daemon", daemon->uid, *shadow, {}));
}

TEST_F(ASubvertedRouter, NeedsATicketForAUsersPipe)
{
    auto pipe = to("address_pipe", "pipe", {});
    pipe.kind = "pipe";
    pipe.address = "|/bin/sh -c evil";
    EXPECT_FALSE(passes(pipe));
    EXPECT_TRUE(passes(pipe, true));
    parameters.unticketed_uids = {ann}; // a router names the user: the data is the administrator's
    EXPECT_TRUE(passes(pipe));
    parameters.unticketed_uids = {bob};
    EXPECT_FALSE(passes(pipe));
}

TEST_F(ASubvertedRouter, HasNoUseOfATicketButTheOneItWasMadeFor)
{
    using Kind = filter::Action::Kind;
    const Tickets tickets;
    launcher::InterpretReply reply;
    reply.items.push_back({.kind = 1, .text = "|/usr/bin/vacation ann", .ticket = {}});
    reply.outcome.actions.push_back({.kind = Kind::save, .text = "/nowhere/ann/mail/x"});
    reply.outcome.actions.push_back({.kind = Kind::reply, .reply = {.to = "a@b.example", .once = "/nowhere/ann/once"}});
    ASSERT_TRUE(tickets.sign(ann, reply));
    auto delivery = to("address_pipe", "pipe", {});
    delivery.kind = "pipe";
    delivery.address = reply.items[0].text;
    delivery.ticket = reply.items[0].ticket;
    EXPECT_TRUE(tickets.is_good(delivery));
    EXPECT_FALSE(Tickets{}.is_good(delivery)) << "another launcher's";
    auto other = delivery;
    other.address = "|/usr/bin/vacation bob";
    EXPECT_FALSE(tickets.is_good(other));
    other = delivery;
    other.options = {{"pipe_words", "\"/bin/sh\""}};
    EXPECT_FALSE(tickets.is_good(other));
    other = delivery;
    other.uid = bob;
    EXPECT_FALSE(tickets.is_good(other));
    other = delivery;
    other.kind = "file";
    EXPECT_FALSE(tickets.is_good(other));
    auto answer = to("address_reply", "autoreply", {{"to", "x@y.example"}, {"once", "/nowhere/ann/once"}});
    answer.kind = "reply";
    answer.ticket = reply.outcome.actions[1].ticket;
    EXPECT_TRUE(tickets.is_good(answer));
    answer.options.push_back({"file", "/nowhere/ann/.ssh/id_rsa"});
    EXPECT_FALSE(tickets.is_good(answer));
}

// And with real children, when the test is root.
class ASubvertedRouterAtLauncher : public ASubvertedRouter {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can become other users";
        ::chmod(directory.path().c_str(), 0755);
        home = directory / "ann";
        ASSERT_EQ(::mkdir(home.c_str(), 0700), 0);
        ASSERT_EQ(::chown(home.c_str(), ann, ann), 0);
        for (const auto& [name, text] : {std::pair{"/.forward", "# Exim filter\nlogfile " + directory.path() + "/ann/log\nlogwrite \"seen\"\npipe \"/bin/true\"\n"},
                                         std::pair{"/secret", std::string("the user's own")}}) {
            std::ofstream{home + name} << text;
            ::chmod((home + name).c_str(), 0600);
            ASSERT_EQ(::chown((home + name).c_str(), ann, ann), 0);
        }
        interpreter = std::make_unique<Interpreter>(parameters);
        parameters.also_gids = {ann};
        parameters.transports.push_back({.name = "named", .driver = "appendfile", .uid = launcher::any_uid,
                                         .options = {{.name = "file", .patterns = {home + "/.forward"}, .names_file = true},
                                                     {.name = "quota", .patterns = {"1K"}, .is_constant = true}},
                                         .command = {}, .filter = {}});
        upbringing.interpreter = interpreter.get();
        auto opened = Nursery::open(upbringing);
        ASSERT_TRUE(opened) << opened.error().text;
        nursery = std::make_unique<Nursery>(std::move(opened).take());
    }
    void TearDown() override
    {
        if (!nursery)
            return;
        const auto pid = nursery->pid();
        nursery.reset();
        ::waitpid(pid, nullptr, 0);
    }
    launcher::FileReply ask(Workers& workers, FileQuestion question)
    {
        question.uid = question.gid = ann;
        question.largest = 1000;
        auto reply = workers.look(question);
        EXPECT_TRUE(reply) << reply.error().text;
        return reply ? *reply : launcher::FileReply{};
    }
    InterpretQuestion obey(const std::string& path)
    {
        InterpretQuestion question;
        question.uid = question.gid = ann;
        question.path = path;
        question.largest = 1000;
        question.language = InterpretQuestion::Language::exim;
        question.delivers = true;
        return question;
    }

    std::string home;
    const Registry<Transport> transports = Registry<Transport>::linked();
    Upbringing upbringing{.parameters = parameters, .transports = transports, .changes_ids = true, .checks_permits = true};
    std::unique_ptr<Interpreter> interpreter;
    std::unique_ptr<Nursery> nursery;
};

TEST_F(ASubvertedRouterAtLauncher, MeasuresNoMailboxButTheOnesThatAreNamed)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto room = [&](const router::Delivery& delivery, std::uint64_t size) {
            const auto reply = workers.measure({.delivery = delivery, .size = size}, false);
            EXPECT_TRUE(reply) << reply.error().text;
            return reply ? reply->room : launcher::Room::unknown;
        };
        const std::vector<router::Option> quota = {{"file", home + "/.forward"}, {"quota", "1K"}};
        EXPECT_EQ(room(to("named", "appendfile", quota), 10), launcher::Room::enough);
        EXPECT_EQ(room(to("named", "appendfile", quota), 2000), launcher::Room::none);
        EXPECT_EQ(room(to("named", "appendfile", {{"file", home + "/secret"}, {"quota", "1K"}}), 10), launcher::Room::unknown);
        EXPECT_EQ(room(to("other", "appendfile", quota), 10), launcher::Room::unknown);
        EXPECT_EQ(room(to("procmail", "pipe", {{"command", "/usr/bin/procmail"}, {"command", "-d"}, {"command", "ann"}}), 10), launcher::Room::unknown);
    });
}

TEST_F(ASubvertedRouterAtLauncher, ReadsNothingButWhatIsNamed)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_FALSE(ask(workers, {.kind = FileQuestion::Kind::read, .path = home + "/.forward"}).content.empty());
        for (const auto& path : {home + "/secret", home + "/.forward/../secret", std::string("/etc/passwd")}) {
            const auto reply = ask(workers, {.kind = FileQuestion::Kind::read, .path = path});
            EXPECT_TRUE(reply.is_unnamed) << path;
            EXPECT_TRUE(reply.content.empty()) << path;
        }
        EXPECT_TRUE(ask(workers, {.path = home + "/secret"}).is_unnamed);
    });
}

TEST_F(ASubvertedRouterAtLauncher, WritesNothing)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        for (const auto& path : {home + "/.forward", home + "/secret", home + "/new"})
            EXPECT_TRUE(ask(workers, {.kind = FileQuestion::Kind::append, .path = path, .text = "|/bin/sh\n"}).is_unnamed) << path;
        struct stat about {};
        EXPECT_NE(::stat((home + "/new").c_str(), &about), 0);
    });
}

TEST_F(ASubvertedRouterAtLauncher, HasAFilterObeyedAsTheUserWroteIt)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto reply = workers.obey(obey(home + "/.forward"));
        ASSERT_TRUE(reply) << reply.error().text;
        ASSERT_TRUE(reply->is_good) << reply->error;
        ASSERT_EQ(reply->outcome.actions.size(), 1u);
        EXPECT_EQ(reply->outcome.actions[0].text, "/bin/true");
        struct stat log {};
        ASSERT_EQ(::stat((home + "/log").c_str(), &log), 0);
        EXPECT_EQ(log.st_uid, ann);
        const auto secret = workers.obey(obey(home + "/secret"));
        ASSERT_TRUE(secret);
        EXPECT_FALSE(secret->is_good);
        EXPECT_EQ(secret->error.find("own"), std::string::npos); // nothing of it is told
    });
}

TEST_F(ASubvertedRouterAtLauncher, LooksWithNoGroupThatIsNotTheUsers)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        FileQuestion question{.kind = FileQuestion::Kind::read, .uid = ann, .gid = ann, .groups = {42}, .path = home + "/.forward", .largest = 1000};
        const auto reply = workers.look(question);
        ASSERT_FALSE(reply);
        EXPECT_NE(reply.error().text.find("gid 42 is no group of uid 51001"), std::string::npos) << reply.error().text;
        EXPECT_EQ(workers.idle(), 0u);
        auto obeyed = obey(home + "/.forward");
        obeyed.gid = 42;
        EXPECT_FALSE(workers.obey(obeyed));
    });
}

TEST_F(ASubvertedRouterAtLauncher, AndAFilterKnowsTheNamedListsAndTheSite)
{
    std::ofstream{home + "/.forward"} << "# Exim filter\nif \"${if match_domain{here.example}{+local_domains}{yes}{no}}\" is yes and \"$version_number\" is 4.77 then pipe \"/bin/true\" endif\n";
    parameters.lists = {{.kind = 0, .name = "local_domains", .text = "here.example"}};
    parameters.exim_version = "4.77";
    parameters.timezone = "UTC";
    const Interpreter knowing{parameters};
    upbringing.interpreter = &knowing;
    auto opened = Nursery::open(upbringing);
    ASSERT_TRUE(opened);
    test::run_fiber([&] {
        Workers workers{parameters, *opened};
        const auto reply = workers.obey(obey(home + "/.forward"));
        ASSERT_TRUE(reply);
        ASSERT_TRUE(reply->is_good) << reply->error;
        EXPECT_EQ(reply->outcome.actions.size(), 1u);
    });
    const auto pid = opened->pid();
    { const auto closed = std::move(opened).take(); }
    ::waitpid(pid, nullptr, 0);
}

// Two routers may read the same file, one of them with milder rules; the one that asks has its own besides.
TEST_F(ASubvertedRouterAtLauncher, HasAFileObeyedThatOneOfItsRoutersTakes)
{
    auto milder = parameters.files.front();
    milder.modemask = 02;
    parameters.files.push_back(milder);
    auto opened = Nursery::open(upbringing);
    ASSERT_TRUE(opened);
    ASSERT_EQ(::chmod((home + "/.forward").c_str(), 0620), 0);
    test::run_fiber([&] {
        Workers workers{parameters, *opened};
        const auto reply = workers.obey(obey(home + "/.forward"));
        ASSERT_TRUE(reply);
        EXPECT_TRUE(reply->is_good) << reply->error;
    });
    const auto pid = opened->pid();
    { const auto closed = std::move(opened).take(); }
    ::waitpid(pid, nullptr, 0);
}

TEST_F(ASubvertedRouterAtLauncher, DoesNotGetAFileObeyedThatOthersCouldWrite)
{
    ASSERT_EQ(::chmod((home + "/.forward").c_str(), 0620), 0);
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto reply = workers.obey(obey(home + "/.forward"));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->error, "bad mode for " + home + "/.forward");
    });
}

}
}
