// The real configurations of ../shared/real-configs, with the files they include: read without errors,
// and with the instances, drivers and ACLs that the reference found in them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/base/text.h"
#include "conf/params/configuration.h"

namespace gp::conf {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path folder = fs::path(GATEPOST_SHARED) / "real-configs";

std::string content_of(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<fs::path> configurations()
{
    std::vector<fs::path> found;
    if (fs::exists(folder))
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().extension() == ".conf")
                found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

// The users and groups of the machine on which the reference read the files.
config::Names reference_names(const Json& environment)
{
    const auto finder = [](const Json& lines) {
        return [lines](std::string_view name) -> std::optional<config::Identity> {
            for (const auto& line : lines) {
                const auto text = line.get<std::string>();
                const auto fields = split(text, ':');
                if (fields[0] == name || fields[2] == name)
                    return config::Identity{std::string(name), static_cast<std::uint32_t>(std::stoul(std::string(fields[2]))), 100};
            }
            return std::nullopt;
        };
    };
    return {finder(environment["passwd"]), finder(environment["group"])};
}

// Reads the companions in place of the files that the configuration includes.
config::Source source_of(const fs::path& path, const Json& expected)
{
    config::Source source{.name = "/etc/exim/" + path.filename().string(), .text = content_of(path)};
    source.read = [expected](const std::string& wanted, std::size_t most) -> Result<std::string> {
        if (!expected.contains("companions") || !expected["companions"].contains(wanted))
            return misconfigured(wanted + ": no such companion", Cause::not_found);
        const auto companion = expected["companions"][wanted].get<std::string>();
        if (companion.empty())
            return std::string();
        return config::read_file((folder / companion).string(), most);
    };
    return source;
}

std::vector<std::string> names_of(const std::vector<Driver>& drivers)
{
    std::vector<std::string> names;
    for (const auto& driver : drivers)
        names.push_back(driver.name);
    return names;
}

std::map<std::string, std::string> drivers_of(const std::vector<Driver>& drivers)
{
    std::map<std::string, std::string> found;
    for (const auto& driver : drivers)
        found[driver.name] = driver.driver;
    return found;
}

class RealConfigs : public testing::TestWithParam<fs::path> {
protected:
    Loaded read()
    {
        auto expected_path = GetParam();
        expected_path.replace_extension(".expected.json");
        expected = Json::parse(content_of(expected_path));
        const auto environment = Json::parse(content_of(folder / "environment.json"));
        const auto names = reference_names(environment);
        return load(source_of(GetParam(), expected),
                    {.unsupported = config::Unsupported::warn, .host_name = environment["host_name"], .names = &names});
    }
    Json expected;
};

TEST_P(RealConfigs, AreReadWithoutErrorsAndHoldWhatTheReferenceFound)
{
    const auto loaded = read();
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto& conf = *loaded.configuration;
    EXPECT_EQ(names_of(conf.routers), expected["router_list"].get<std::vector<std::string>>());
    EXPECT_EQ(names_of(conf.transports), expected["transport_list"].get<std::vector<std::string>>());
    EXPECT_EQ(names_of(conf.authenticators), expected["authenticator_list"].get<std::vector<std::string>>());
    EXPECT_EQ(drivers_of(conf.routers), (expected["router_drivers"].get<std::map<std::string, std::string>>()));
    EXPECT_EQ(drivers_of(conf.transports), (expected["transport_drivers"].get<std::map<std::string, std::string>>()));
    EXPECT_EQ(drivers_of(conf.authenticators),
              (expected["authenticator_drivers"].get<std::map<std::string, std::string>>()));
    std::vector<std::string> acls;
    for (const auto& acl : conf.acls)
        acls.push_back(acl.name);
    EXPECT_EQ(acls, expected["acls"].get<std::vector<std::string>>());
}

TEST_P(RealConfigs, SurviveTheTripThroughTheFlattenedForm)
{
    const auto loaded = read();
    ASSERT_TRUE(loaded) << loaded.problems.text();
    const auto octets = config::pack(loaded.configuration->flat);
    const auto again = load_flat(octets, {.unsupported = config::Unsupported::warn});
    ASSERT_TRUE(again) << again.problems.text();
    EXPECT_EQ(config::pack(again.configuration->flat), octets);
    EXPECT_EQ(names_of(again.configuration->routers), names_of(loaded.configuration->routers));
}

INSTANTIATE_TEST_SUITE_P(, RealConfigs, testing::ValuesIn(configurations()), [](const auto& chosen) {
    std::string name = chosen.param.stem().string();
    std::ranges::replace_if(name, [](char c) { return !is_alnum(c); }, '_');
    return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealConfigs); // ../shared may be absent

}
}
