// run/status on a disk without room: master goes on, and the file has everything when there is room again.
#include "common/service/status_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <cstdlib>

namespace gp::service {
namespace {

StatusEntry entry(std::string_view pool)
{
    StatusEntry made{};
    pool.copy(made.pool, sizeof made.pool - 1);
    return made;
}

// Files of this process end here, as on a disk that is full.
class ShortDisk {
public:
    explicit ShortDisk(rlim_t octets) : signal_(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{octets, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~ShortDisk()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }

private:
    rlimit before_{};
    void (*signal_)(int);
};

TEST(StatusWriter, WritesWhatItCouldNotWriteWhenThereIsRoom)
{
    char path[] = "/tmp/gp-status-XXXXXX";
    OwnedFd file{::mkstemp(path)};
    ASSERT_TRUE(file);
    ::unlink(path);
    ASSERT_EQ(::ftruncate(file.get(), sizeof(StatusBoard)), 0);
    const OwnedFd reader{::dup(file.get())};
    StatusWriter writer;
    StatusBoard seen{};
    {
        const ShortDisk disk(16);
        writer.open(std::move(file));
        writer.publish(std::vector{entry("router")}, 7, true);
        EXPECT_TRUE(writer.count("sessions total", 3));
        writer.note_refusal();
    }
    writer.note_refusal();
    ASSERT_EQ(::pread(reader.get(), &seen, sizeof seen, 0), static_cast<ssize_t>(sizeof seen));
    EXPECT_EQ(std::memcmp(seen.magic, status_magic, sizeof seen.magic), 0);
    EXPECT_EQ(seen.entries, 1u);
    EXPECT_STREQ(seen.entry[0].pool, "router");
    EXPECT_EQ(seen.generation, 7u);
    EXPECT_EQ(seen.refused, 2u);
    EXPECT_STREQ(seen.counter[0].words, "sessions total");
    EXPECT_EQ(seen.counter[0].value, 3u);
    EXPECT_FALSE(writer.count("sessions total", 4));
    ASSERT_EQ(::pread(reader.get(), &seen, sizeof seen, 0), static_cast<ssize_t>(sizeof seen));
    EXPECT_EQ(seen.counter[0].value, 7u);
}

}
}
