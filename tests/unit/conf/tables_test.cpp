// The tables against the lists of ../shared/names: every option of Exim has a row, and nothing else but
// what is marked as our own.

#include "conf/params/tables.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "common/base/text.h"
#include "conf/params/configuration.h"

namespace gp::conf {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

const fs::path folder = fs::path(GATEPOST_SHARED) / "names";

Names listed(const std::string& file)
{
    Names names;
    std::ifstream in(folder / file);
    for (std::string line; std::getline(in, line);)
        if (!line.empty())
            names.insert(line);
    return names;
}

Names names_of(std::span<const config::Option> rows)
{
    Names names;
    for (const auto& row : rows)
        if (!row.is_own)
            names.emplace(row.name);
    return names;
}

TEST(Tables, HoldEveryMainOption)
{
    if (!fs::exists(folder))
        GTEST_SKIP() << "the lists of names are not here";
    auto names = names_of(main_table().options());
    names.erase("daemon_smtp_port"); // an old name, which Exim's own lists leave out
    EXPECT_EQ(names, listed("main_options.txt"));
}

TEST(Tables, HoldEveryOptionOfEveryDriver)
{
    if (!fs::exists(folder))
        GTEST_SKIP() << "the lists of names are not here";
    const std::pair<DriverClass, std::string> classes[] = {
        {DriverClass::router, "router"}, {DriverClass::transport, "transport"}, {DriverClass::authenticator, "auth"}};
    for (const auto& [kind, word] : classes) {
        EXPECT_EQ(names_of(generic_rows(kind)), listed(word + "_options_generic.txt"));
        Names drivers;
        for (const auto& driver : driver_kinds(kind)) {
            drivers.emplace(driver.name);
            auto names = names_of(driver.private_rows);
            names.erase("sieve_enotify_mailto_owner"); // Exim 4.96 prints it, the lists leave it out
            EXPECT_EQ(names, listed(word + "_options_" + std::string(driver.name) + ".txt"));
        }
        EXPECT_EQ(drivers, listed(word + "_drivers.txt"));
    }
}

void check_rows(std::span<const config::Option> rows)
{
    for (const auto& row : rows) {
        EXPECT_TRUE(row.text.ends_with('.')) << row.name;
        EXPECT_EQ(lower(row.name), row.name);
    }
}

TEST(Tables, SayOfEachOptionWhatItIsFor)
{
    check_rows(main_table().options());
    for (const auto kind : {DriverClass::router, DriverClass::transport, DriverClass::authenticator})
        for (const auto& driver : driver_kinds(kind))
            check_rows(driver.table->options());
}

// A row whose type does not fit its member ends the process here, and not in a service.
TEST(Tables, FitTheMembersThatTheyFill)
{
    const auto loaded = load({.name = "conf", .text = ""}, {.host_name = "mx.example"});
    ASSERT_TRUE(loaded) << loaded.problems.text();
}

TEST(Tables, FindRowsByName)
{
    ASSERT_NE(main_table().find("queue_only"), nullptr);
    EXPECT_EQ(main_table().find("queue_only")->type, config::Type::boolean);
    EXPECT_EQ(main_table().find("queue_onl"), nullptr);
    EXPECT_EQ(driver_kind(DriverClass::router, "nosuch"), nullptr);
    EXPECT_NE(driver_kind(DriverClass::router, "redirect")->table->find("data"), nullptr);
    EXPECT_NE(driver_kind(DriverClass::router, "redirect")->table->find("domains"), nullptr);
}

}
}
