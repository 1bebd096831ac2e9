#include "common/hints/store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/log/log.h"

namespace gp::hints {
namespace {

class Store : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/gp_hints_XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder_ = name;
        path_ = folder_ + "/retry";
        log::set_sink([this](const log::Entry& entry) { said_ += std::string(entry.text) + "\n"; });
    }
    void TearDown() override
    {
        log::set_sink({});
        std::filesystem::remove_all(folder_);
    }

    std::unique_ptr<hints::Store> open()
    {
        auto store = hints::Store::open(path_);
        EXPECT_TRUE(store) << store.error().text;
        return std::move(store).take();
    }

    std::string folder_, path_, said_;
};

TEST_F(Store, IsNotHeldUpByAFileThatWasHalfMade)
{
    std::ofstream{folder_ + "/__db.retry"}; // as the library leaves it when its process is killed
    auto store = open();
    store->put("after", "a kill");
    EXPECT_EQ(store->get("after"), "a kill");
}

TEST_F(Store, KeepsWhatWasPutOverAClose)
{
    open()->put("T:host:192.0.2.1:25", "value");
    auto store = open();
    EXPECT_EQ(store->get("T:host:192.0.2.1:25"), "value");
    EXPECT_EQ(store->get("T:other"), std::nullopt);
    store->erase("T:host:192.0.2.1:25");
    EXPECT_EQ(store->get("T:host:192.0.2.1:25"), std::nullopt);
    EXPECT_EQ(store->count(), 0u);
    EXPECT_EQ(said_, "");
}

TEST_F(Store, VisitsInOrderFromAKeyAndErasesOnTheWay)
{
    auto store = open();
    for (const char* key : {"c", "a", "d", "b"})
        store->put(key, key);
    std::string seen;
    store->for_each("b", [&](std::string_view key, std::string_view) {
        seen += key;
        return key == "c" ? Visit::erase : Visit::keep;
    });
    EXPECT_EQ(seen, "bcd");
    EXPECT_EQ(store->count(), 3u);
    EXPECT_EQ(store->get("c"), std::nullopt);
}

TEST_F(Store, DoesNotKeepWhatIsTooLong)
{
    auto store = open();
    store->put(std::string(2000, 'k'), "v");
    store->put("k", std::string(10000, 'v'));
    store->put("", "v");
    EXPECT_EQ(store->count(), 0u);
}

TEST_F(Store, IsOwnedByOneProcess)
{
    auto first = open();
    auto second = hints::Store::open(path_);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().text.find("another process owns"), std::string::npos);
    first.reset();
    EXPECT_TRUE(hints::Store::open(path_));
}

TEST_F(Store, BeginsAnewWhenTheFileIsNotADatabase)
{
    std::ofstream(path_) << "this was never a database, but it is a file";
    auto store = open();
    store->put("k", "v");
    EXPECT_EQ(store->get("k"), "v");
    EXPECT_EQ(store->times_lost(), 1u);
    EXPECT_TRUE(std::filesystem::exists(path_ + ".broken"));
    EXPECT_NE(said_.find("is damaged"), std::string::npos);
}

TEST_F(Store, SurvivesDamageAnywhereInTheFile)
{
    {
        auto store = open();
        for (int i = 0; i < 2000; ++i)
            store->put("key" + std::to_string(i), std::string(100, 'x'));
    }
    const auto whole = std::filesystem::file_size(path_);
    std::filesystem::copy_file(path_, folder_ + "/good");
    std::mt19937 random{1};
    for (int round = 0; round < 60; ++round) {
        std::filesystem::copy_file(folder_ + "/good", path_,
                                   std::filesystem::copy_options::overwrite_existing);
        {
            std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
            for (int i = 0; i < 40; ++i) {
                file.seekp(static_cast<std::streamoff>(random() % whole));
                file.put(static_cast<char>(random()));
            }
        }
        if (round % 3 == 0)
            std::filesystem::resize_file(path_, random() % whole);
        auto store = open();
        for (int i = 0; i < 2000; i += 7)
            store->get("key" + std::to_string(i));
        store->for_each({}, [](std::string_view, std::string_view) { return Visit::keep; });
        store->put("after", "damage");
        EXPECT_EQ(store->get("after"), "damage");
    }
}

// A killed owner leaves its marker: the next one verifies, and goes on with what is whole.
TEST_F(Store, SurvivesOwnersKilledAtAnyMoment)
{
    std::mt19937 random{7};
    for (int round = 0; round < 15; ++round) {
        const pid_t child = ::fork();
        if (child == 0) {
            log::set_sink([](const log::Entry&) {});
            auto store = hints::Store::open(path_, {.cache = 128 * 1024});
            if (!store)
                ::_exit(1);
            for (unsigned i = 0;; ++i) {
                (*store)->put("key" + std::to_string(i % 20000), std::string(i % 700, 'y'));
                if (i % 500 == 0)
                    (*store)->flush();
            }
        }
        ::usleep(static_cast<useconds_t>(1000 + random() % 30000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status));
    }
    auto store = open();
    store->put("after", "kills");
    EXPECT_EQ(store->get("after"), "kills");
}

}
}
