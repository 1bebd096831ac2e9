#include "common/service/boot.h"

#include "common/event/line_reader.h"
#include "common/ipc/endpoint.h"
#include "common/log/log.h"
#include "common/log/logd/protocol.h"
#include "common/process/jail.h"
#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/service/fake_master.h"

#include <fcntl.h>
#include <poll.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace gp::service {
namespace {

using test::soon;

struct Parameters {
    std::string greeting;
    static void fields(auto& self, auto&& field) { field("greeting", self.greeting); }
};

struct Text {
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};
struct Question {
    static constexpr std::string_view name = "question";
    using Reply = Text;
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};
struct News {
    static constexpr std::string_view name = "news";
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

class Answers : public ipc::Endpoint<Question> {
public:
    Result<Text> answer(const Question& question, ipc::Channel&) override
    {
        if (question.text == "slow")
            event::sleep_for(Duration{50});
        return Text{"answer to " + question.text};
    }
};

class Hears : public ipc::Endpoint<News> {
public:
    void notice(const News& news, ipc::Channel&) override { heard += news.text; }
    std::string heard;
};

class LogLines : public ipc::Endpoint<logd::Lines> {
public:
    void notice(const logd::Lines& notice, ipc::Channel&) override
    {
        for (const auto& line : notice.lines) {
            text += line.text + "\n";
            ++count;
        }
    }
    std::string text;
    std::size_t count = 0;
};

// One that answers each line of a client; "slow" takes its time, "hang" never ends.
void converse(Client client, const std::string& greeting)
{
    event::FdStream stream{std::move(client.socket)};
    event::LineReader lines{stream};
    for (;;) {
        auto line = lines.read_line(100, soon());
        if (!line || line->eof)
            return;
        if (line->text == "slow")
            event::sleep_for(Duration{100});
        if (line->text == "hang")
            event::sleep_until(event::Deadline::never());
        if (!stream.write(greeting + " " + line->text, soon()))
            return;
    }
}

class Service : public testing::Test {
protected:
    Instance instance()
    {
        Instance one;
        one.spool_directory = folder.path();
        ::mkdir((folder / "run").c_str(), 0755);
        ::mkdir((folder / "run/empty").c_str(), 0555);
        ::chmod(folder.path().c_str(), 0755);
        return one;
    }

    // A service with a TCP listener; it answers questions, too.
    void start_greeter(const Instance& one, std::size_t max_clients = 0, bool is_open = true)
    {
        auto listening = test::listen_tcp(port);
        master.start([max_clients] {
            Boot boot{"smtpd", 0, nullptr};
            const auto parameters = boot.parameters<Parameters>();
            auto jailed = std::move(boot).enter_jail();
            Answers answers;
            Serving serving;
            serving.endpoint = &answers;
            serving.on_client = [&](Client client) { converse(std::move(client), parameters.greeting); };
            serving.max_clients = max_clients;
            return jailed.serve(serving);
        });
        master.tell(Control::listener, "[127.0.0.1]:25", 0, 0, listening.get());
        master.introduce(one, ipc::encode(Parameters{"hello"}));
        ready = master.hear();
        if (ready && is_open)
            master.tell(Control::open, {}, 0);
    }

    test::TempDir folder;
    FakeMaster master;
    std::uint16_t port = 0;
    std::optional<ControlFrame> ready;
};

using ServiceDeathTest = Service;

TEST_F(ServiceDeathTest, EndsWithAMessageWhenStartedByHand)
{
    EXPECT_EXIT(
        {
            ::close(control_fd);
            const Boot boot("smtpd", 0, nullptr);
        },
        testing::ExitedWithCode(70), "gatepost smtpd: is started by gatepost's master, not by hand");
}

TEST_F(Service, EndsWhenItsParametersDoNotDecode)
{
    master.start([] {
        ::close(STDERR_FILENO);
        Boot boot{"smtpd", 0, nullptr};
        boot.parameters<Parameters>();
        return 0;
    });
    master.introduce(instance(), "junk");
    EXPECT_EQ(master.wait(), 70);
}

TEST_F(Service, EndsWithoutABlockOfTheInstance)
{
    master.start([] {
        ::close(STDERR_FILENO);
        const Boot boot{"smtpd", 0, nullptr};
        return 0;
    });
    master.tell(Control::go, {}, 1);
    EXPECT_EQ(master.wait(), 70);
}

TEST_F(Service, IsStoppedBeforeItBegan)
{
    master.start([] {
        const Boot boot{"smtpd", 0, nullptr};
        return 9;
    });
    master.tell(Control::stop, {}, 1);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, TellsItsWallsWhenItIsReady)
{
    start_greeter(instance());
    ASSERT_TRUE(ready);
    EXPECT_EQ(ready->type, Control::ready);
    EXPECT_TRUE(ready->value & process::wall_no_new_privs);
    EXPECT_TRUE(ready->value & process::wall_calls);
}

TEST_F(Service, TakesNoClientsBeforeTheSuiteIsUp)
{
    start_greeter(instance(), 0, false);
    auto client = test::connect_tcp(port); // the kernel has it
    ASSERT_EQ(::send(client.get(), "world\n", 6, MSG_NOSIGNAL), 6);
    pollfd answer{client.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&answer, 1, 100), 0);
    master.tell(Control::open, {}, 0);
    EXPECT_EQ(ask(client.get(), ""), "hello world");
}

TEST_F(Service, ServesClientsUntilItIsStopped)
{
    start_greeter(instance());
    auto client = test::connect_tcp(port);
    EXPECT_EQ(ask(client.get(), "world\n"), "hello world");
    EXPECT_EQ(ask(client.get(), "again\n"), "hello again");
    client.reset();
    master.tell(Control::stop, {}, 10);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, AStopLetsConversationsFinish)
{
    start_greeter(instance());
    const auto client = test::connect_tcp(port);
    EXPECT_EQ(ask(client.get(), "a\n"), "hello a");
    ASSERT_EQ(::write(client.get(), "slow\n", 5), 5);
    ::usleep(20'000);
    master.tell(Control::retire, {}, 10);
    EXPECT_EQ(ask(client.get(), ""), "hello slow");
    EXPECT_EQ(ask(client.get(), "last\n"), "hello last");
    EXPECT_FALSE(master.has_ended());
    ::shutdown(client.get(), SHUT_WR);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, AStopEndsWhatDoesNotFinishInTime)
{
    start_greeter(instance());
    const auto client = test::connect_tcp(port);
    ASSERT_EQ(::write(client.get(), "hang\n", 5), 5);
    ::usleep(20'000);
    master.tell(Control::stop, {}, 0);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, EndsWhenMasterIsGone)
{
    start_greeter(instance());
    master.hang_up();
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, TakesSigtermAsAStop)
{
    start_greeter(instance());
    ::kill(master.pid(), SIGTERM);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, LeavesConnectionsBeyondItsBoundInTheQueue)
{
    start_greeter(instance(), 2);
    auto first = test::connect_tcp(port);
    const auto second = test::connect_tcp(port);
    EXPECT_EQ(ask(first.get(), "1\n"), "hello 1");
    EXPECT_EQ(ask(second.get(), "2\n"), "hello 2");
    const auto third = test::connect_tcp(port);
    ASSERT_EQ(::write(third.get(), "3\n", 2), 2);
    ::usleep(30'000);
    char octet;
    ::fcntl(third.get(), F_SETFL, O_NONBLOCK);
    EXPECT_EQ(::read(third.get(), &octet, 1), -1);
    first.reset();
    EXPECT_EQ(ask(third.get(), ""), "hello 3");
}

TEST_F(Service, AnswersOverTheEdgesThatMasterMakes)
{
    start_greeter(instance());
    auto edge = master.connect(answers, "somebody", 1);
    test::run_fiber([&] {
        const auto channel = ipc::Channel::open(std::move(edge), "smtpd/3", nullptr);
        auto reply = channel->call(Question{"life"}, soon());
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->text, "answer to life");
        test::also("slow one", [&] {
            auto late = channel->call(Question{"slow"}, soon());
            ASSERT_TRUE(late) << late.error().text; // although a stop comes meanwhile
        });
        event::sleep_for(Duration{20});
        master.tell(Control::stop, {}, 10);
        while (channel->is_open())
            event::sleep_for(Duration{1});
    });
    EXPECT_EQ(master.wait(), 0);
}

// A service that asks router as soon as there is one, and tells the answer to a pipe.
int run_asker(int out)
{
    Boot boot{"smtpd", 0, nullptr};
    auto jailed = std::move(boot).enter_jail();
    Hears hears;
    auto& router = jailed.dial("router", &hears);
    Serving serving;
    serving.on_start = [&] {
        auto begun = jailed.loop().spawn("asks", [&, out] {
            for (int i = 0; i < 2; ++i) {
                auto reply = router.call(Question{std::to_string(i)}, soon());
                const auto text = (reply ? reply->text : reply.error().text) + ";" + hears.heard + "\n";
                [[maybe_unused]] const auto written = ::write(out, text.data(), text.size());
            }
        });
        EXPECT_TRUE(begun);
    };
    return jailed.serve(serving);
}

class Router : public Answers {
public:
    Result<Text> answer(const Question& question, ipc::Channel& from) override
    {
        from.send(News{"news " + question.text + " "});
        return Answers::answer(question, from);
    }
};

TEST_F(Service, AsksOverTheEdgesThatMasterMakesAndHearsItsNotices)
{
    auto [out, in] = test::pipe_pair();
    ::fcntl(out.get(), F_SETFL, 0);
    master.start([&in = in] { return run_asker(in.get()); });
    master.introduce(instance());
    ASSERT_TRUE(master.hear());
    Router router;
    test::run_fiber([&, &pipe = out] {
        const auto first = ipc::Channel::open(master.connect(asks, "router", 1), "smtpd/3", &router);
        event::FdStream stream{OwnedFd{::dup(pipe.get())}};
        event::LineReader lines{stream};
        EXPECT_EQ(lines.read_line(200, soon())->text, "answer to 0;news 0 ");
        EXPECT_EQ(lines.read_line(200, soon())->text, "answer to 1;news 0 news 1 ");
    });
    master.tell(Control::stop, {}, 10);
    EXPECT_EQ(master.wait(), 0);
}

TEST_F(Service, StopsAskingAProcessThatIsWithdrawn)
{
    auto [out, in] = test::pipe_pair();
    master.start([&in = in] { return run_asker(in.get()); });
    master.introduce(instance());
    ASSERT_TRUE(master.hear());
    auto retired = master.connect(asks, "router", 1);
    master.tell(Control::edge, "router", 1, EdgeRole::asks | EdgeRole::withdrawn);
    Router old_one, new_one;
    test::run_fiber([&, &pipe = out] {
        const auto old_channel = ipc::Channel::open(std::move(retired), "smtpd/3", &old_one);
        const auto new_channel = ipc::Channel::open(master.connect(asks, "router", 2), "smtpd/3", &new_one);
        event::FdStream stream{OwnedFd{::dup(pipe.get())}};
        event::LineReader lines{stream};
        (void)lines.read_line(200, soon());
        EXPECT_EQ(lines.read_line(200, soon())->text.substr(0, 11), "answer to 1");
        EXPECT_TRUE(new_channel->is_open());
        while (old_channel->is_open())
            event::sleep_for(Duration{1});
    });
}

TEST_F(ServiceDeathTest, DialsOnlyThoseWhomTheTableNames)
{
    master.start([] {
        ::close(STDERR_FILENO);
        Boot boot{"smtpd", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        jailed.dial("spoold");
        return 0;
    });
    master.introduce(instance());
    EXPECT_EQ(master.wait(), 1000 + SIGABRT);
}

TEST_F(Service, TellsTheNewParametersAtAReload)
{
    auto [out, in] = test::pipe_pair();
    ::fcntl(out.get(), F_SETFL, 0);
    master.start([&pipe = in] {
        Boot boot{"qmgr", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        Serving serving;
        serving.on_reload = [&] {
            const auto parameters = jailed.parameters<Parameters>();
            const auto text = parameters ? parameters->greeting : parameters.error().text;
            [[maybe_unused]] const auto written = ::write(pipe.get(), text.data(), text.size());
        };
        return jailed.serve(serving);
    });
    master.introduce(instance(), ipc::encode(Parameters{"old"}));
    ASSERT_TRUE(master.hear());
    for (const std::string text : {"new", "newer", "newest"}) {
        master.tell(Control::reload);
        master.introduce(instance(), ipc::encode(Parameters{text}));
        EXPECT_EQ(ask(out.get(), ""), text);
    }
    master.tell(Control::stop, {}, 10);
    EXPECT_EQ(master.wait(), 0);
}

// --- the log ---

TEST_F(Service, KeepsItsLogLinesUntilALogServiceIsThere)
{
    master.start([] {
        Boot boot{"scan", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        log::main("first line");
        Serving serving;
        serving.on_start = [] { log::main("second line"); };
        serving.on_stop = [] { log::main("last line"); };
        return jailed.serve(serving);
    });
    master.introduce(instance());
    ASSERT_TRUE(master.hear());
    LogLines lines;
    test::run_fiber([&] {
        const auto channel = ipc::Channel::open(master.connect(asks, "log", 1), "scan/3", &lines);
        while (lines.text.find("second line\n") == std::string::npos)
            event::sleep_for(Duration{1});
        EXPECT_NE(lines.text.find("first line\n"), std::string::npos) << lines.text;
        master.tell(Control::stop, {}, 10);
        while (channel->is_open())
            event::sleep_for(Duration{1});
        EXPECT_NE(lines.text.find("last line\n"), std::string::npos) << lines.text;
    });
    EXPECT_EQ(master.wait(), 0);
}

// A log service whose first process dies with the line unwritten.
class MortalLog : public ipc::Endpoint<logd::Lines, logd::WriteLine> {
public:
    void notice(const logd::Lines& notice, ipc::Channel&) override
    {
        for (const auto& line : notice.lines)
            said += line.text + "\n";
    }
    Result<ipc::Done> answer(const logd::WriteLine& wanted, ipc::Channel& from) override
    {
        if (std::exchange(asked, true))
            written += wanted.line.text + "\n";
        else
            from.close("");
        return ipc::Done{};
    }
    bool asked = false;
    std::string written, said;
};

TEST_F(Service, WritesALineOverTheDeathOfTheLogService)
{
    master.start([] {
        Boot boot{"scan", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        Serving serving;
        serving.on_start = [&] {
            (void)event::Loop::current().spawn("writer", [&] {
                const auto done = jailed.write_line("must be there", event::Deadline::in(Duration{20'000}));
                log::main(done ? "went on" : done.error().text);
            });
        };
        return jailed.serve(serving);
    });
    master.introduce(instance());
    ASSERT_TRUE(master.hear());
    MortalLog log_service;
    test::run_fiber([&] {
        const auto first = ipc::Channel::open(master.connect(asks, "log", 1), "scan/1", &log_service);
        while (!log_service.asked)
            event::sleep_for(Duration{1});
        const auto second = ipc::Channel::open(master.connect(asks, "log", 2), "scan/1", &log_service);
        while (log_service.said.find("went on\n") == std::string::npos)
            event::sleep_for(Duration{1});
        EXPECT_EQ(log_service.written, "must be there\n");
    });
}

TEST_F(Service, CountsLogLinesThatItCouldNotKeep)
{
    master.start([] {
        Boot boot{"scan", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        for (int i = 0; i < 3000; ++i)
            log::main(std::string(1000, 'l'));
        return jailed.serve({});
    });
    master.introduce(instance());
    ASSERT_TRUE(master.hear());
    LogLines lines;
    test::run_fiber([&] {
        const auto channel = ipc::Channel::open(master.connect(asks, "log", 1), "scan/3", &lines);
        while (lines.text.find("were lost") == std::string::npos)
            event::sleep_for(Duration{1});
        EXPECT_GT(lines.count, 900u);
        EXPECT_LT(lines.count, 1100u);
    });
}

// --- walls ---

// What a jailed service can still do, as text.
std::string attempts()
{
    std::string text;
    const auto attempt = [&](std::string_view name, int result) {
        text += std::string(name) + (result >= 0 ? " worked\n" : " refused\n");
    };
    attempt("socket", ::socket(AF_INET, SOCK_STREAM, 0));
    attempt("open", ::open("/etc/passwd", O_RDONLY));
    attempt("create", ::open("/tmp/gatepost-escape", O_WRONLY | O_CREAT, 0600));
    attempt("kill", ::kill(::getppid(), 0));
    attempt("execute", ::execl("/bin/true", "true", nullptr));
    return text;
}

TEST_F(Service, IsJailed)
{
    auto [out, in] = test::pipe_pair();
    ::fcntl(out.get(), F_SETFL, 0);
    auto one = instance();
    if (::geteuid() == 0) {
        one.uid = 65534;
        one.gid = 65534;
    }
    master.start([&pipe = in] {
        Boot boot{"keyd", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        const auto text = attempts();
        [[maybe_unused]] const auto written = ::write(pipe.get(), text.data(), text.size());
        return jailed.serve({});
    });
    master.introduce(one);
    const auto frame = master.hear();
    ASSERT_TRUE(frame);
    EXPECT_EQ(ask(out.get(), ""),
              "socket refused\nopen refused\ncreate refused\nkill refused\nexecute refused\n");
    if (::geteuid() == 0) {
        EXPECT_TRUE(frame->value & process::wall_user);
        EXPECT_TRUE(frame->value & process::wall_root);
        const auto status = test::read_file("/proc/" + std::to_string(master.pid()) + "/status");
        EXPECT_NE(status.find("Uid:\t65534\t65534\t65534\t65534"), std::string::npos) << status;
        EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
    }
}

TEST_F(Service, OpensWhatStaysOpenAsItsOwnUser)
{
    auto [out, in] = test::pipe_pair();
    ::fcntl(out.get(), F_SETFL, 0);
    auto one = instance();
    if (::geteuid() == 0)
        one.uid = one.gid = 65534;
    folder.file("readable", "content");
    ::chmod((folder / "readable").c_str(), 0644);
    master.start([&pipe = in, path = folder / "readable"] {
        Boot boot{"keyd", 0, nullptr};
        OwnedFd kept;
        uid_t uid = 0;
        boot.as_user([&]() -> Status {
            kept.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
            uid = ::geteuid();
            return kept ? Status{} : Status{system_error("open")};
        });
        auto jailed = std::move(boot).enter_jail();
        char text[100];
        const auto size = ::read(kept.get(), text, sizeof text);
        const auto told = std::string(text, static_cast<std::size_t>(size)) + " " + std::to_string(uid);
        [[maybe_unused]] const auto written = ::write(pipe.get(), told.data(), told.size());
        return jailed.serve({});
    });
    master.introduce(one);
    EXPECT_EQ(ask(out.get(), ""), "content " + std::to_string(::geteuid() == 0 ? 65534 : ::geteuid()));
}

TEST_F(Service, WorksWithThreadsInItsJail)
{
    auto [out, in] = test::pipe_pair();
    ::fcntl(out.get(), F_SETFL, 0);
    ::mkdir((folder / "spool").c_str(), 0777);
    master.start([&pipe = in] {
        Boot boot{"spoold", 0, nullptr};
        auto jailed = std::move(boot).enter_jail();
        Serving serving;
        serving.on_start = [&] {
            auto begun = jailed.loop().spawn("offloads", [&] {
                std::string text = "not run";
                event::offload([&] { text = "run by a thread"; });
                [[maybe_unused]] const auto written = ::write(pipe.get(), text.data(), text.size());
            });
            EXPECT_TRUE(begun);
        };
        return jailed.serve(serving);
    });
    master.introduce(instance());
    EXPECT_EQ(ask(out.get(), ""), "run by a thread");
}

}
}
