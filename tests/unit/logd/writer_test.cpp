#include "common/log/logd/writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/log/journal.h"

namespace gp::logd {
namespace {

const std::string id = "16ZCW1-0005MB-00";

class Logs : public testing::Test {
protected:
    void SetUp() override
    {
        std::filesystem::remove_all(place);
        std::filesystem::create_directory(place);
        parameters.log_file_path = place + "/%slog";
    }
    void TearDown() override { std::filesystem::remove_all(place); }
    std::string content(const std::string& name) const
    {
        std::ifstream file(place + "/" + name);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    void say(Writer& writer, int n) const
    {
        writer.add({.file = Line::File::main, .when = n, .text = id + " => u" + std::to_string(n) + "@x.example T=t"});
        writer.add({.file = Line::File::journal, .when = n, .text = std::string(log::record_start) + "\"outcome\",\"n\":" + std::to_string(n) + "}"});
        writer.flush();
    }
    static std::uint64_t delivered(const std::string& place)
    {
        const auto kept = mainlog::TotalsFile::read(place);
        mainlog::Totals totals;
        totals.read(kept ? kept->totals : "");
        return totals["addresses_total{outcome=\"delivered\"}"];
    }

    const std::string place = testing::TempDir() + "logd_writer_test";
    Parameters parameters;
    ManualClock clock;
};

TEST_F(Logs, TotalsGoOnWhereAPredecessorEnded)
{
    for (int n = 0; n < 3; ++n) {
        Writer writer{parameters, clock};
        writer.start();
        say(writer, n);
    }
    EXPECT_EQ(delivered(place), 3u);
    EXPECT_EQ(std::ranges::count(content("mainlog"), '\n'), 3);
    EXPECT_EQ(std::ranges::count(content("jsonlog"), '\n'), 3);
}

// Killed between the totals and the files, at any octet: what was counted is there in the end, once.
TEST_F(Logs, WhatAKilledWriterHadCountedIsCompleted)
{
    {
        Writer writer{parameters, clock};
        writer.start();
        say(writer, 1);
        say(writer, 2);
    }
    const auto main = content("mainlog"), json = content("jsonlog");
    const auto first_line = main.find('\n') + 1, first_record = json.find('\n') + 1;
    for (const auto main_cut : {first_line, first_line + 1, main.size() - 1, main.size()})
        for (const auto json_cut : {first_record, first_record + 1, json.size()}) {
            std::filesystem::resize_file(place + "/mainlog", main_cut);
            std::filesystem::resize_file(place + "/jsonlog", json_cut);
            Writer next{parameters, clock};
            next.start();
            EXPECT_EQ(content("mainlog"), main);
            EXPECT_EQ(content("jsonlog"), json);
            EXPECT_EQ(delivered(place), 2u);
        }
}

TEST_F(Logs, WhatSomebodyElseAppendsOrCutsOffDoesNoHarm)
{
    std::string main;
    {
        Writer writer{parameters, clock};
        writer.start();
        say(writer, 1);
        std::ofstream{place + "/mainlog", std::ios::app} << "a stranger's line\n";
        say(writer, 2);
        main = content("mainlog");
        std::filesystem::resize_file(place + "/mainlog", main.size() - 3);
    }
    {
        Writer next{parameters, clock};
        next.start();
        EXPECT_EQ(content("mainlog"), main);
        std::filesystem::resize_file(place + "/mainlog", 0);
        say(next, 3);
    }
    main = content("mainlog");
    std::filesystem::resize_file(place + "/mainlog", 5);
    Writer last{parameters, clock};
    last.start();
    EXPECT_EQ(content("mainlog"), main);
}

// Cut short by copytruncate, and grown again by others to where our line would be torn.
TEST_F(Logs, WhatIsNotTheBeginningOfTheLineIsNotCompleted)
{
    std::uintmax_t before = 0, after = 0;
    {
        Writer writer{parameters, clock};
        writer.start();
        say(writer, 1);
        before = std::filesystem::file_size(place + "/mainlog");
        say(writer, 2);
        after = std::filesystem::file_size(place + "/mainlog");
    }
    const std::string strange(static_cast<std::size_t>(before + after) / 2, 'x');
    std::ofstream{place + "/mainlog", std::ios::trunc} << strange;
    Writer next{parameters, clock};
    next.start();
    EXPECT_EQ(content("mainlog"), strange);
}

// A file that was rotated away in between is not the one that was meant.
TEST_F(Logs, AnotherFileIsLeftAlone)
{
    {
        Writer writer{parameters, clock};
        writer.start();
        say(writer, 1);
    }
    std::filesystem::rename(place + "/mainlog", place + "/mainlog.1");
    std::ofstream{place + "/mainlog"};
    Writer next{parameters, clock};
    next.start();
    EXPECT_EQ(content("mainlog"), "");
}

}
}
