// A spool in a scratch directory, and messages to put in it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/spool/spool.h"
#include "tests/support/temp_dir.h"

namespace gp::spool {

// The n-th id: 6-6-2.
inline std::string test_id(unsigned n)
{
    char text[32];
    std::snprintf(text, sizeof text, "1rABC%c-%06u-%02u", static_cast<char>('0' + n / 100'000'000 % 10),
                  n / 100 % 1'000'000, n % 100);
    return text;
}

inline Key test_key(unsigned n)
{
    return *Key::parse(test_id(n));
}

// Its contents follow from n, so that what is read back can be checked.
struct TestMail {
    mail::Envelope envelope;
    std::string encoded, headers, body;

    explicit TestMail(unsigned n, std::size_t body_size = 200, std::size_t recipients = 3)
    {
        envelope.id = test_id(n);
        envelope.received = 1'700'000'000'000'000 + n;
        envelope.sender = "sender" + std::to_string(n) + "@example.org";
        for (std::size_t i = 0; i < recipients; ++i)
            envelope.recipients.emplace_back().address =
                "r" + std::to_string(i) + "." + std::to_string(n) + "@example.net";
        encoded = encode_envelope(envelope);
        headers = "Subject: message " + std::to_string(n) + "\r\n";
        const std::string line = "a line of message " + std::to_string(n) + "\r\n";
        body = line;
        while (body.size() < body_size)
            body += std::string(body);
        body.resize(body_size);
    }

    NewMessage message() const
    {
        return {.id = *Key::parse(envelope.id),
                .facts = {.received = envelope.received, .size = headers.size() + body.size()},
                .envelope = encoded,
                .headers = headers,
                .body = body};
    }
};

inline Options small_options()
{
    return {.sizes = {.segment = 256 * 1024, .first = 128 * 1024, .most = 4},
            .spares = 1,
            .compact_below = 30,
            .compact_segments = 4};
}

// Opens, commits, closes as often as a test likes.
class ScratchSpool {
public:
    explicit ScratchSpool(Options options = small_options()) : options_(std::move(options)) { open(); }

    Spool& operator*() { return *spool_; }
    Spool* operator->() { return spool_.get(); }
    std::filesystem::path path() const { return directory_.path(); }
    OwnedFd open_directory() const
    {
        return OwnedFd{::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    }
    Io& io() { return io_; }
    Options& options() { return options_; }

    void shut() { spool_.reset(); }
    void open()
    {
        spool_.reset();
        auto opened = Spool::open(io_, open_directory(), clock_, options_);
        ASSERT_TRUE(opened) << opened.error().text;
        spool_ = std::move(opened).take();
    }
    void reopen() { open(); }

    Status put(unsigned n, std::size_t body_size = 200)
    {
        const TestMail mail{n, body_size};
        Batch batch;
        batch.add(mail.message());
        return spool_->commit(batch);
    }
    Status finish(unsigned n)
    {
        Batch batch;
        batch.add_finished(test_key(n));
        return spool_->commit(batch);
    }
    bool alive(unsigned n) const { return spool_->index().find(test_key(n)) != nullptr; }
    // Its contents are those that were put in.
    void expect_intact(unsigned n, std::size_t body_size = 200) const
    {
        const TestMail mail{n, body_size};
        const auto source = spool_->locate(test_key(n));
        ASSERT_TRUE(source) << n << ": " << source.error().text;
        const auto stored = read_stored(io_, *source, want_envelope | want_headers | want_body | want_reason);
        ASSERT_TRUE(stored) << n << ": " << stored.error().text;
        EXPECT_EQ(stored->headers, mail.headers);
        EXPECT_TRUE(stored->body == mail.body) << n;
        const auto envelope = decode_envelope(stored->envelope);
        ASSERT_TRUE(envelope) << envelope.error().text;
        EXPECT_EQ(envelope->sender, mail.envelope.sender);
    }
    // Carries everything forward that the policy asks for.
    void compact(bool pressed = false)
    {
        while (spool_->wants_compaction(pressed)) {
            auto sweep = spool_->start_sweep();
            ASSERT_NE(sweep, nullptr);
            while (!sweep->at_end())
                copy_portion(*sweep);
            Batch batch; // the checkpoint that lets the old segment go
            ASSERT_TRUE(spool_->commit(batch));
        }
    }
    void copy_portion(Sweep& sweep)
    {
        sweep.read(64 * 1024);
        spool_->select(sweep);
        sweep.read_more();
        Batch batch;
        spool_->add_copies(batch, sweep);
        if (!batch.empty()) {
            ASSERT_TRUE(spool_->commit(batch));
        }
    }
    std::vector<std::filesystem::path> segment_files() const
    {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(path() / "log"))
            if (entry.path().extension() == ".seg")
                found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }

private:
    test::TempDir directory_;
    Io io_;
    SystemClock clock_;
    Options options_;
    std::unique_ptr<Spool> spool_;
};

inline std::string slurp(const std::filesystem::path& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::filesystem::path& path, std::string_view octets)
{
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    out.write(octets.data(), static_cast<std::streamsize>(octets.size()));
}

}
