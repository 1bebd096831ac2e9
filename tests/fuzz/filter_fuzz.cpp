// Exim filters: whatever a user writes, the filter is parsed or refused with a reason, keeps to its limits and
// leaves the scene as it was.
//
// Input: octet 0 what is allowed, the filter.

#include "common/filter/filter.h"
#include "tests/unit/filter/ground.h"

namespace {

using namespace gp;

filter::Ground& ground()
{
    static filter::Ground made;
    return made;
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    static const auto words = filter::Words::linked();
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    auto& around = ground();
    filter::Rules rules = around.rules;
    rules.is_system = data[0] & 1;
    rules.allow_fail = rules.allow_defer = rules.allow_freeze = data[0] & 2;
    rules.actions_max = 20;
    rules.steps_max = 2000;
    rules.text_max = 65536;
    const auto parsed = filter::Filter::parse(text, words, rules);
    if (!parsed) {
        if (parsed.error().text.empty())
            panic("a refusal says why");
        return 0;
    }
    const auto tests = [](std::string_view) {};
    const auto outcome = parsed->run({.scene = around.scene, .rules = rules, .journal = nullptr,
                                      .print = data[0] & 4 ? std::function<void(std::string_view)>(tests) : nullptr,
                                      .explain = nullptr});
    if (around.scene.message != &around.message)
        panic("the caller's message is the caller's again");
    if (outcome && outcome->actions.size() > rules.actions_max)
        panic("deliveries are counted");
    if (!outcome && outcome.error().text.empty())
        panic("an error says why");
    around.scene.captures.values.clear();
    around.scene.charset.clear();
    return 0;
}
