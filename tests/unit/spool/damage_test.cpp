// What recovery makes of files that are not as they were left.
#include "tests/unit/spool/scratch_spool.h"

namespace gp::spool {
namespace {

// Where message n's record stands in its file.
std::pair<std::filesystem::path, std::uint64_t> place_of(ScratchSpool& spool, unsigned n)
{
    const auto source = spool->locate(test_key(n));
    return {spool.path() / "log" / source->record.file->name, source->record.where.offset()};
}

void overwrite(const std::filesystem::path& path, std::uint64_t at, std::string_view octets)
{
    auto all = slurp(path);
    all.replace(at, octets.size(), octets);
    spill(path, all);
}

TEST(Damage, ATailTornAnywhereIsCutOff)
{
    ScratchSpool spool;
    for (unsigned n = 0; n < 3; ++n)
        ASSERT_TRUE(spool.put(n, 1500));
    // The third was being written: its blocks are cut to zeros at every sector and many other places.
    const auto [path, at] = place_of(spool, 2);
    spool.shut();
    const auto whole = slurp(path);
    const auto end = at + 2048;
    for (auto cut = at; cut < end; cut += cut % 512 < 64 ? 1 : 37) {
        auto torn = whole;
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(cut), torn.begin() + static_cast<std::ptrdiff_t>(end), '\0');
        spill(path, torn);
        spool.open();
        EXPECT_TRUE(spool->report().alarms.empty()) << cut;
        const bool kept = spool.alive(2);
        EXPECT_TRUE(spool.alive(0) && spool.alive(1)) << cut;
        if (kept)
            spool.expect_intact(2, 1500);
        spool.shut();
    }
    spill(path, whole);
    spool.open();
    EXPECT_TRUE(spool.alive(2));
}

TEST(Damage, NothingIsEverAppendedBehindATornTail)
{
    ScratchSpool spool;
    ASSERT_TRUE(spool.put(0));
    ASSERT_TRUE(spool.put(1));
    const auto [path, at] = place_of(spool, 1);
    spool.shut();
    overwrite(path, at + 100, std::string(64, '\xee'));
    spool.open();
    EXPECT_FALSE(spool.alive(1));
    ASSERT_TRUE(spool.put(2));
    EXPECT_NE(place_of(spool, 2).first, path);
    spool.reopen();
    EXPECT_TRUE(spool->report().alarms.empty());
    EXPECT_TRUE(spool.alive(0) && spool.alive(2));
}

TEST(Damage, InTheMiddleIsSurvivedAndToldOnce)
{
    ScratchSpool spool;
    for (unsigned n = 0; n < 6; ++n)
        ASSERT_TRUE(spool.put(n, 3000));
    const auto [path, at] = place_of(spool, 2);
    spool.shut();
    overwrite(path, at + 20, std::string(512, '\xaa'));
    spool.open();
    ASSERT_EQ(spool->report().alarms.size(), 1u);
    EXPECT_NE(spool->report().alarms[0].find("1 records from number 4 are lost"), std::string::npos)
        << spool->report().alarms[0];
    EXPECT_EQ(spool->index().size(), 5u);
    EXPECT_FALSE(spool.alive(2));
    for (const unsigned n : {0u, 1u, 3u, 4u, 5u})
        spool.expect_intact(n, 3000);
    ASSERT_TRUE(spool.put(9));
    spool.reopen();
    EXPECT_TRUE(spool->report().alarms.empty());
    EXPECT_EQ(spool->index().size(), 6u);
}

TEST(Damage, ATornBatchThatNobodyWasToldOfIsNoAlarm)
{
    ScratchSpool spool;
    ASSERT_TRUE(spool.put(0));
    std::vector<TestMail> mails;
    Batch batch;
    for (unsigned n = 1; n < 5; ++n)
        mails.emplace_back(n, 3000);
    for (const auto& mail : mails)
        batch.add(mail.message());
    ASSERT_TRUE(spool->commit(batch)); // as if the power had gone before the barrier ended
    const auto [path, at] = place_of(spool, 2);
    spool.shut();
    overwrite(path, at + 512, std::string(512, '\0'));
    spool.open();
    EXPECT_TRUE(spool->report().alarms.empty());
    ASSERT_EQ(spool->report().remarks.size(), 1u);
    EXPECT_NE(spool->report().remarks[0].find("nobody was told"), std::string::npos);
    EXPECT_EQ(spool->index().size(), 4u);
}

TEST(Damage, OneLostHeaderIsToldAndBothAreSurvived)
{
    ScratchSpool spool;
    for (unsigned n = 0; n < 3; ++n)
        ASSERT_TRUE(spool.put(n));
    const auto path = place_of(spool, 0).first;
    spool.shut();
    const auto size = std::filesystem::file_size(path);
    overwrite(path, 0, std::string(512, '\xaa'));
    spool.open();
    EXPECT_EQ(spool->report().alarms.size(), 1u);
    EXPECT_EQ(spool->index().size(), 3u);
    spool.shut();
    overwrite(path, size - block_size, std::string(512, '\xaa'));
    spool.open();
    EXPECT_EQ(spool->report().alarms.size(), 1u);
    EXPECT_EQ(spool->index().size(), 3u);
    ASSERT_TRUE(spool.put(7));
    spool.reopen();
    EXPECT_EQ(spool->index().size(), 4u);
}

TEST(Damage, AFileThatCannotBeMadeOutIsSetAside)
{
    ScratchSpool spool;
    ASSERT_TRUE(spool.put(0));
    const auto path = place_of(spool, 0).first;
    spool.shut();
    const auto size = std::filesystem::file_size(path);
    overwrite(path, 0, std::string(2 * block_size, '\xaa'));
    overwrite(path, size - block_size, std::string(512, '\xaa'));
    spool.open();
    EXPECT_EQ(spool->report().alarms.size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::exists(path.string() + ".damaged"));
    ASSERT_TRUE(spool.put(1));
    spool.reopen();
    EXPECT_TRUE(std::filesystem::exists(path.string() + ".damaged"));
    EXPECT_TRUE(spool.alive(1));
}

// Its record is lost: the body is all that is left of it.
TEST(Damage, BodiesOfLostRecordsAreKept)
{
    ScratchSpool spool;
    ASSERT_TRUE(spool.put(0));
    const auto path = place_of(spool, 0).first;
    std::filesystem::path body;
    {
        const Io io;
        LargeFiles files{io, OwnedFd{::open((spool.path() / "large").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}};
        ASSERT_TRUE(files.create(test_key(5)));
    }
    for (const auto& found : std::filesystem::recursive_directory_iterator(spool.path() / "large"))
        if (found.is_regular_file())
            body = found.path();
    ASSERT_FALSE(body.empty());
    spool.shut();
    const auto size = std::filesystem::file_size(path);
    overwrite(path, 0, std::string(2 * block_size, '\xaa'));
    overwrite(path, size - block_size, std::string(512, '\xaa'));
    for (int starts = 0; starts < 2; ++starts) {
        spool.open();
        EXPECT_NE(spool->report().alarms.back().find(test_id(5)), std::string::npos) << spool->report().alarms.back();
        EXPECT_TRUE(std::filesystem::exists(body));
    }
    spool.shut();
    std::filesystem::remove(path.string() + ".damaged"); // people have looked at it
    spool.open();
    EXPECT_FALSE(std::filesystem::exists(body));
}

// A mail whose body is a whole record, as somebody who knows everything but the salt would make it.
TEST(Damage, AMailThatLooksLikeARecordIsNotTakenForOne)
{
    ScratchSpool spool;
    ASSERT_TRUE(spool.put(0));
    std::string forged(record_header_size, '\0');
    encode_record_header(forged.data(), {.type = RecordType::finished,
                                         .id = test_key(0),
                                         .generation = 1,
                                         .salt = 1234567,
                                         .sequence = 1000});
    TestMail hostile{1};
    hostile.body.assign(8192, '\0');
    for (std::size_t at = 0; at + forged.size() <= hostile.body.size(); at += 8 * 11)
        hostile.body.replace(at, forged.size(), forged);
    Batch batch;
    batch.add(hostile.message());
    ASSERT_TRUE(spool->commit(batch));
    ASSERT_TRUE(spool.put(2));
    const auto [path, at] = place_of(spool, 1);
    spool.shut();
    overwrite(path, at, std::string(record_header_size, '\xaa')); // its own header goes: the search enters the body
    spool.open();
    EXPECT_TRUE(spool.alive(0));
    EXPECT_FALSE(spool.alive(1));
    EXPECT_TRUE(spool.alive(2));
}

}
}
