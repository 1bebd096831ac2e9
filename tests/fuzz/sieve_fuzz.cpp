// Sieve scripts: whatever a user writes, the script runs within its limits or says what is wrong in which line.
//
// Input: octet 0 is passed over, the script follows.

#include "common/sieve/script.h"
#include "tests/unit/filter/ground.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace gp;
    if (size == 0)
        return 0;
    static filter::Ground ground;
    static const auto words = sieve::Words::linked();
    filter::Rules rules = ground.rules;
    rules.actions_max = 20;
    rules.steps_max = 2000;
    rules.text_max = 65536;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    const auto outcome = sieve::Script::parse(text, words, rules)
                             .run({.scene = ground.scene, .rules = rules,
                                   .body = [] { return Result<std::string>(ground.body); }});
    if (!outcome && outcome.error().text.empty())
        panic("an error says why");
    if (outcome && outcome->actions.size() > rules.actions_max)
        panic("actions are counted");
    return 0;
}
