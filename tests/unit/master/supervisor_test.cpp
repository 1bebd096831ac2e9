// The real master with a suite of fakes below it: services of the real Boot, in their real jails, on a
// loopback port of their own.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/owned_fd.h"
#include "common/service/image.h"
#include "common/service/status_board.h"

namespace gp::master {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using service::StatusBoard;

constexpr auto patience = 20s;

std::uint16_t free_port()
{
    const OwnedFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t length = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

class Client {
public:
    explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    }
    bool connected() const { return connected_; }
    void say(const std::string& line)
    {
        EXPECT_GT(::send(fd_.get(), (line + "\n").data(), line.size() + 1, MSG_NOSIGNAL), 0);
    }
    // Empty at the end of the connection.
    std::string hear()
    {
        for (std::size_t end = 0; (end = buffer_.find('\n')) == std::string::npos;) {
            char piece[512];
            pollfd ready{fd_.get(), POLLIN, 0};
            const auto got = ::poll(&ready, 1, 20'000) > 0 ? ::recv(fd_.get(), piece, sizeof piece, 0) : -1;
            if (got <= 0)
                return {};
            buffer_.append(piece, static_cast<std::size_t>(got));
        }
        const auto line = buffer_.substr(0, buffer_.find('\n'));
        buffer_.erase(0, line.size() + 1);
        return line;
    }

private:
    OwnedFd fd_;
    bool connected_ = false;
    std::string buffer_;
};

class Suite : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/gatepost-master-XXXXXX";
        root_ = ::mkdtemp(name);
        ::chmod(root_.c_str(), 0755);
        fs::create_directory(root_ / "programs");
        fs::copy_file(GATEPOST_MASTER, root_ / "programs/master");
        fs::create_symlink(fs::path(GATEPOST_FAKE_SUITE) / "fake_config", root_ / "programs/config");
        for (const char* service : {"smtpd", "router", "qmgr", "log", "spoold", "cleanup", "remote"})
            fs::create_symlink(fs::path(GATEPOST_FAKE_SUITE) / "fake_service", root_ / "programs" / service);
        port_ = free_port();
        configure("one");
    }
    void TearDown() override
    {
        if (master_ > 0) {
            ::kill(master_, SIGKILL);
            ::waitpid(master_, nullptr, 0);
        }
        if (HasFailure())
            print_output();
        fs::remove_all(root_);
    }
    void print_output()
    {
        std::ifstream in{root_ / "output"};
        std::cerr << in.rdbuf();
    }

    void configure(const std::string& greeting, const std::string& more = "")
    {
        std::ofstream out{root_ / "conf"};
        out << "spool " << (root_ / "spool").string() << "\n"
            << "service smtpd 2\nservice router 2\nservice qmgr 1 1\nservice spoold 1 1\nservice log 1 1\n"
            << "listen smtpd " << port_ << "\nunix control\n"
            << "greeting " << greeting << "\n"
            << more << "\n";
    }

    // In the foreground, as a child of ours; its output goes to a file.
    void start(const std::vector<std::string>& more = {"--foreground"}) { master_ = spawn(more); }
    pid_t spawn(const std::vector<std::string>& more)
    {
        const pid_t pid = ::fork();
        if (pid != 0)
            return pid;
        const int out = ::open((root_ / "output").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(out, 1);
        ::dup2(out, 2);
        std::vector<std::string> words = {"master", "--config", (root_ / "conf").string()};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> arguments;
        for (auto& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        ::execv((root_ / "programs/master").c_str(), arguments.data());
        ::_exit(126);
    }
    int wait_for_end()
    {
        int status = 0;
        for (auto until = std::chrono::steady_clock::now() + patience;
             std::chrono::steady_clock::now() < until;) {
            if (::waitpid(master_, &status, WNOHANG) == master_) {
                master_ = -1;
                return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
            }
            std::this_thread::sleep_for(5ms);
        }
        return -1000;
    }

    std::unique_ptr<StatusBoard> board() const
    {
        auto board = std::make_unique<StatusBoard>();
        std::ifstream in{root_ / "spool/run/status", std::ios::binary};
        in.read(reinterpret_cast<char*>(board.get()), sizeof *board);
        return in ? std::move(board) : std::make_unique<StatusBoard>();
    }
    template <class Condition>
    bool eventually(Condition condition) const
    {
        for (auto until = std::chrono::steady_clock::now() + patience;
             std::chrono::steady_clock::now() < until;) {
            if (condition(*board()))
                return true;
            std::this_thread::sleep_for(5ms);
        }
        return false;
    }
    // Somebody else listens where the suite is to listen.
    OwnedFd take_port() const
    {
        OwnedFd taken{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(taken.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(taken.get(), 1), 0);
        return taken;
    }
    bool becomes_ready() const
    {
        return eventually([](const StatusBoard& b) { return b.ready == 1; });
    }
    static const service::StatusEntry* entry_of(const StatusBoard& board, std::string_view pool)
    {
        for (std::uint32_t i = 0; i < board.entries; ++i)
            if (board.entry[i].pool == pool && board.entry[i].state == service::ProcessState::serving)
                return &board.entry[i];
        return nullptr;
    }
    pid_t pid_of(std::string_view pool) const
    {
        const auto now = board();
        const auto* entry = entry_of(*now, pool);
        return entry ? entry->pid : -1;
    }
    std::string output() const
    {
        std::ifstream in{root_ / "output"};
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path root_;
    std::uint16_t port_ = 0;
    pid_t master_ = -1;
};

std::string said_by(const std::string& line, const std::string& who)
{
    const auto at = line.find(who + "=");
    return at == std::string::npos ? "" : line.substr(at, line.find(' ', at) - at);
}

TEST_F(Suite, ServesClientsThroughSeveralProcesses)
{
    start();
    ASSERT_TRUE(becomes_ready());
    Client client{port_};
    EXPECT_TRUE(client.hear().starts_with("one smtpd="));
    client.say("again");
    EXPECT_NE(client.hear().find("says one router="), std::string::npos);
}

TEST_F(Suite, MakesTheInstancesDirectories)
{
    start();
    ASSERT_TRUE(becomes_ready());
    const auto mode = [&](const char* name) {
        struct stat status {};
        EXPECT_EQ(::lstat((root_ / "spool" / name).c_str(), &status), 0) << name;
        return status.st_mode & 07777;
    };
    EXPECT_EQ(mode("run"), 0755u);
    EXPECT_EQ(mode("run/empty"), 0555u);
    EXPECT_EQ(mode("drop"), 03733u);
    EXPECT_EQ(mode("log"), 0750u);
    EXPECT_EQ(mode("db"), 0750u);
    EXPECT_EQ(mode("spool"), 0700u);
    EXPECT_EQ(mode("run/control"), 0666u);
    EXPECT_EQ(mode("run/master.pid"), 0644u);
}

TEST_F(Suite, FollowsNoLinkInItsDirectories)
{
    fs::create_directory(root_ / "spool");
    fs::create_directory(root_ / "elsewhere");
    fs::create_symlink(root_ / "elsewhere", root_ / "spool/log");
    start();
    EXPECT_NE(wait_for_end(), 0);
    EXPECT_NE(output().find("open directory log"), std::string::npos) << output();
}

TEST_F(Suite, StopsInOrderAndLeavesNothingBehind)
{
    start();
    ASSERT_TRUE(becomes_ready());
    ::kill(master_, SIGTERM);
    EXPECT_EQ(wait_for_end(), 0);
    EXPECT_FALSE(fs::exists(root_ / "spool/run/master.pid"));
    EXPECT_FALSE(Client{port_}.connected());
}

TEST_F(Suite, ASecondMasterIsRefused)
{
    start();
    ASSERT_TRUE(becomes_ready());
    const pid_t second = spawn({"--foreground"});
    int status = 0;
    ASSERT_EQ(::waitpid(second, &status, 0), second);
    EXPECT_NE(WEXITSTATUS(status), 0);
    EXPECT_NE(output().find("running already"), std::string::npos);
    EXPECT_TRUE(Client{port_}.hear().starts_with("one"));
}

TEST_F(Suite, AServiceThatDiesIsStartedAgainAndConnectedAgain)
{
    start();
    ASSERT_TRUE(becomes_ready());
    Client client{port_};
    const auto before = client.hear();
    client.say("router-die");
    client.hear();
    ASSERT_TRUE(eventually([](const StatusBoard& b) {
        unsigned restarts = 0, serving = 0;
        for (std::uint32_t i = 0; i < b.entries; ++i) {
            restarts += std::string_view(b.entry[i].pool) == "router" ? b.entry[i].restarts : 0;
            serving += b.entry[i].state == service::ProcessState::serving;
        }
        return restarts > 0 && serving == 7;
    }));
    client.say("again");
    const auto after = client.hear();
    EXPECT_NE(after.find("says one router="), std::string::npos) << after;
    EXPECT_EQ(said_by(after, "smtpd"), said_by(before, "smtpd"));
}

TEST_F(Suite, OneKilledSmtpdEndsItsOwnSessionsOnly)
{
    start();
    ASSERT_TRUE(becomes_ready());
    // Until both processes have a session of ours.
    std::vector<std::unique_ptr<Client>> clients;
    std::vector<std::string> served_by;
    for (int i = 0; i < 50 && (served_by.empty() || std::ranges::count(served_by, served_by[0]) == i); ++i) {
        clients.push_back(std::make_unique<Client>(port_));
        served_by.push_back(said_by(clients.back()->hear(), "smtpd"));
    }
    const auto victim = served_by.back();
    clients.back()->say("die");
    EXPECT_EQ(clients.back()->hear(), "");
    for (std::size_t i = 0; i + 1 < clients.size(); ++i) {
        if (served_by[i] == victim)
            continue;
        clients[i]->say("still there?");
        EXPECT_NE(clients[i]->hear(), "");
    }
    EXPECT_TRUE(Client{port_}.hear().starts_with("one"));
}

TEST_F(Suite, ReloadKeepsSessionsAndPortsAndServesTheNewConfiguration)
{
    start();
    ASSERT_TRUE(becomes_ready());
    Client old{port_};
    EXPECT_TRUE(old.hear().starts_with("one"));
    const pid_t spoold = pid_of("spoold");
    configure("two");
    ::kill(master_, SIGHUP);
    ASSERT_TRUE(eventually([](const StatusBoard& b) {
        if (b.generation != 2)
            return false;
        for (std::uint32_t i = 0; i < b.entries; ++i)
            if (b.entry[i].generation == 2 && b.entry[i].state != service::ProcessState::serving)
                return false;
        return true;
    }));
    ASSERT_TRUE(eventually([this](const StatusBoard&) { return Client{port_}.hear().starts_with("two"); }));
    old.say("again");
    const auto line = old.hear();
    EXPECT_TRUE(line.starts_with("one")) << line; // the old session goes on, on the old configuration …
    EXPECT_NE(line.find("says one router="), std::string::npos) << line; // … down to the routers it asks
    EXPECT_EQ(pid_of("spoold"), spoold);
}

TEST_F(Suite, AServiceAsksAtNeedWhereItsRowSaysSo)
{
    for (const bool is_needed : {false, true}) {
        configure("one", "service cleanup 1 " + std::to_string(is_needed ? +service::asks_at_need : 0u) + "\nservice remote 1");
        if (is_needed)
            ::kill(master_, SIGHUP);
        else
            start();
        ASSERT_TRUE(eventually([&](const StatusBoard& b) { return b.generation == (is_needed ? 2u : 1u); }));
        ASSERT_TRUE(eventually([&](const StatusBoard&) {
            Client client{port_};
            (void)client.hear();
            client.say("cleanup");
            return (client.hear().find("says nothing: ") == std::string::npos) == is_needed;
        }));
    }
}

TEST_F(Suite, AReloadThatIsRefusedChangesNothing)
{
    start();
    ASSERT_TRUE(becomes_ready());
    const pid_t smtpd = pid_of("smtpd");
    std::ofstream{root_ / "conf"} << "fail 78\n";
    ::kill(master_, SIGHUP);
    ASSERT_TRUE(eventually([](const StatusBoard& b) { return b.refused == 1; }));
    EXPECT_TRUE(Client{port_}.hear().starts_with("one"));
    EXPECT_EQ(pid_of("smtpd"), smtpd);
    EXPECT_NE(output().find("the old configuration stays"), std::string::npos);
}

TEST_F(Suite, APortThatIsTakenKeepsItFromStarting)
{
    const auto taken = take_port();
    start();
    EXPECT_NE(wait_for_end(), 0);
    EXPECT_NE(output().find("Address already in use"), std::string::npos);
}

TEST_F(Suite, APortThatIsTakenIsWaitedForAtTheStart)
{
    auto taken = take_port();
    configure("one", "bind_retries 1000");
    start();
    while (output().find("Address already in use: waiting 1s before trying again (1000 more tries)") == std::string::npos)
        ::usleep(10'000);
    taken.reset();
    EXPECT_TRUE(becomes_ready());
}

TEST_F(Suite, TheStatusOfTheConfigProgramIsPassedOn)
{
    std::ofstream{root_ / "conf"} << "fail 78\n";
    start();
    EXPECT_EQ(wait_for_end(), 78);
}

TEST_F(Suite, AServiceThatRefusesItsParametersEndsTheStart)
{
    configure("die-at-start");
    start();
    EXPECT_EQ(wait_for_end(), 78);
    EXPECT_NE(output().find("start failed"), std::string::npos);
}

TEST_F(Suite, AProgramThatIsMissingEndsTheStart)
{
    fs::remove(root_ / "programs/router");
    start();
    EXPECT_NE(wait_for_end(), 0);
    EXPECT_NE(output().find("start failed: router"), std::string::npos);
}

TEST_F(Suite, InTheBackgroundItReturnsWhenItServes)
{
    const pid_t caller = spawn({});
    int status = -1;
    ASSERT_EQ(::waitpid(caller, &status, 0), caller);
    EXPECT_EQ(status, 0);
    // The board is written in the turn after the one that lets the caller go.
    EXPECT_TRUE(eventually([](const StatusBoard& now) { return now.ready == 1u; }));
    EXPECT_TRUE(Client{port_}.hear().starts_with("one"));
    const pid_t pid = board()->master;
    ASSERT_GT(pid, 1);
    ::kill(pid, SIGTERM);
    EXPECT_TRUE(eventually([&](const StatusBoard&) { return !fs::exists(root_ / "spool/run/master.pid"); }));
}

TEST_F(Suite, InTheBackgroundAFailedStartIsTold)
{
    std::ofstream{root_ / "conf"} << "fail 78\n";
    const pid_t caller = spawn({});
    int status = -1;
    ASSERT_EQ(::waitpid(caller, &status, 0), caller);
    EXPECT_EQ(WEXITSTATUS(status), 78);
}

TEST_F(Suite, NoServiceOutlivesMaster)
{
    start();
    ASSERT_TRUE(becomes_ready());
    std::vector<pid_t> pids;
    const auto now = board();
    for (std::uint32_t i = 0; i < now->entries; ++i)
        pids.push_back(now->entry[i].pid);
    ASSERT_EQ(pids.size(), 7u);
    ::kill(master_, SIGKILL);
    EXPECT_EQ(wait_for_end(), -SIGKILL);
    for (pid_t pid : pids)
        EXPECT_TRUE(eventually([pid](const StatusBoard&) { return ::kill(pid, 0) != 0; })) << pid;
}

TEST_F(Suite, OneThatServesACommandEndsWithIt)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    start({"--one-shot", std::to_string(ends[1])});
    ::close(ends[1]);
    char word[6] = {};
    ASSERT_EQ(::recv(ends[0], word, sizeof word, MSG_WAITALL), 6);
    EXPECT_EQ(std::string_view(word, 6), "ready\n");
    ::close(ends[0]);
    EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(Suite, TakesSocketsFromSystemd)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 5), 0);
    // The client is there before the suite is.
    Client early{port_};
    ASSERT_TRUE(early.connected());
    master_ = ::fork();
    if (master_ == 0) {
        ::dup2(fd, 3);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
        const auto conf = (root_ / "conf").string();
        ::execl((root_ / "programs/master").c_str(), "master", "--config", conf.c_str(), "--foreground",
                nullptr);
        ::_exit(126);
    }
    ::close(fd);
    EXPECT_TRUE(early.hear().starts_with("one"));
}

TEST_F(Suite, TellsSystemdHowItIs)
{
    const auto path = (root_ / "notify").string();
    const OwnedFd notify{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(notify.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    start();
    ::unsetenv("NOTIFY_SOCKET");
    const auto heard = [&] {
        char text[256] = {};
        pollfd ready{notify.get(), POLLIN, 0};
        const auto got = ::poll(&ready, 1, 20'000) > 0 ? ::recv(notify.get(), text, sizeof text - 1, 0) : 0;
        return std::string(text, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    };
    EXPECT_EQ(heard(), "READY=1\n");
    ::kill(master_, SIGHUP);
    EXPECT_TRUE(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(heard(), "READY=1\n");
    ::kill(master_, SIGTERM);
    EXPECT_EQ(heard(), "STOPPING=1\n");
    EXPECT_EQ(wait_for_end(), 0);
}

TEST_F(Suite, ServicesOfRootsSuiteAreSomebodyElseBehindAllWalls)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    configure("one", "user 4242");
    start();
    ASSERT_TRUE(becomes_ready());
    EXPECT_TRUE(Client{port_}.hear().starts_with("one"));
    const auto now = board();
    for (std::uint32_t i = 0; i < now->entries; ++i) {
        const auto& entry = now->entry[i];
        std::ifstream in{"/proc/" + std::to_string(entry.pid) + "/status"};
        const std::string status{std::istreambuf_iterator<char>(in), {}};
        for (const char* line : {"\nUid:\t4242\t4242\t4242\t4242\n", "\nGid:\t4242\t4242\t4242\t4242\n",
                                 "\nCapEff:\t0000000000000000\n", "\nCapBnd:\t0000000000000000\n",
                                 "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"})
            EXPECT_NE(status.find(line), std::string::npos) << entry.pool << " lacks " << line << status;
        if (std::string_view(entry.pool) == "smtpd") {
            EXPECT_EQ(fs::read_symlink("/proc/" + std::to_string(entry.pid) + "/root"),
                      root_ / "spool/run/empty");
        }
    }
    struct stat status {};
    ASSERT_EQ(::stat((root_ / "spool/spool").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 4242u);
    ASSERT_EQ(::stat((root_ / "spool/run").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 0u);
}

TEST_F(Suite, GivesUpWhatItDoesNotNeed)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    start();
    ASSERT_TRUE(becomes_ready());
    std::ifstream in{"/proc/" + std::to_string(master_) + "/status"};
    const std::string status{std::istreambuf_iterator<char>(in), {}};
    // SETUID, SETGID, SETPCAP, KILL, NET_BIND_SERVICE, CHOWN, SYS_CHROOT.
    const std::string seven = "\t00000000000405e1\n";
    EXPECT_NE(status.find("CapEff:" + seven), std::string::npos) << status;
    EXPECT_NE(status.find("CapPrm:" + seven), std::string::npos) << status;
    EXPECT_NE(status.find("CapBnd:" + seven), std::string::npos) << status;
}

}
}
