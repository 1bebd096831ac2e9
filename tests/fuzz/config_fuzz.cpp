// Whole configurations: whatever the octets, reading ends within the bounds, every problem is one that can be
// shown, and what is accepted reads the same from its flattened form.
//
// Input: octet 0 the policy and how the text is read, then the text; a flattened form when octet 0 is odd.

#include "conf/params/configuration.h"

namespace {

using namespace gp;

constexpr config::Limits small = {
    .total_size = 256 * 1024, .line_size = 64 * 1024, .lines = 10'000, .include_depth = 5, .condition_depth = 10,
    .macros = 100};

// Nobody and nothing of this machine.
const config::Names& names()
{
    static const config::Names made{
        [](std::string_view name) -> std::optional<config::Identity> {
            if (name.starts_with("no"))
                return std::nullopt;
            return config::Identity{std::string(name), 7, 8};
        },
        [](std::string_view name) -> std::optional<config::Identity> {
            if (name.starts_with("no"))
                return std::nullopt;
            return config::Identity{std::string(name), 9, config::Identity::no_group};
        },
        {},
    };
    return made;
}

void check_text(std::string text, config::Unsupported policy)
{
    config::Source source{.name = "/conf", .text = std::move(text)};
    source.read = [&](const std::string& path, std::size_t) -> Result<std::string> {
        if (path == "/self")
            return *source.text;
        return misconfigured(path + ": No such file or directory", Cause::not_found);
    };
    const auto loaded = conf::load(
        source, {.unsupported = policy, .limits = small, .host_name = "mx.example", .names = &names()});
    for (const auto& problem : loaded.problems.all())
        if (problem.text().empty() || problem.reason.empty())
            panic("a problem says what is wrong");
    if (loaded.problems.errors() > config::Problems::most)
        panic("errors are bounded");
    if (!loaded)
        return;
    const auto octets = config::pack(loaded.configuration->flat);
    const auto again = conf::load_flat(octets, {.unsupported = policy});
    if (!again || config::pack(again.configuration->flat) != octets)
        panic("a good configuration reads the same from its flattened form");
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 1) {
        (void)conf::load_flat("GPFLAT01" + text, {.unsupported = config::Unsupported::accept});
        return 0;
    }
    check_text(std::move(text), data[0] % 4 == 0 ? config::Unsupported::refuse : config::Unsupported::accept);
    return 0;
}
