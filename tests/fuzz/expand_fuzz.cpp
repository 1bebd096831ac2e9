// The expansion language: whatever the text, parsing and expanding end within the limits; what could be parsed
// parses again from its own source; what came from outside is never taken for a text of the configuration.
//
// Input: octet 0: whether the first line is $sender_address (what a stranger said) and the rest the text.

#include "common/expand/remarks.h"
#include "tests/fuzz/no_files.h"

namespace {

using namespace gp;

constexpr expand::Limits small = {.expansion_nesting_max = 30, .expansion_stack_max = 72 * 1024,
                                  .expansion_size_max = 256 * 1024, .expansion_list_max = 1000};

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 16 * 1024)
        return 0;
    auto& place = fuzz::ground_without_files();
    std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    place.message.sender = {}; // that of the run before is gone
    if (data[0] % 2 == 1) {
        const auto end = std::min(text.find('\n'), text.size());
        place.message.sender = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    expand::Fault fault;
    const auto parsed = place.language.parse(text, &fault, small);
    for (const auto& one : expand::remarks_on(place.language, text).all)
        if (one.text.empty())
            panic("a remark says what");
    if (!parsed) {
        if (parsed.error().text.empty() || fault.offset > text.size())
            panic("a fault says what and where");
        return 0;
    }
    place.runner.asked.clear();
    const auto value = parsed->expand(place.scene);
    if (!value && value.error().text.empty() && value.error().cause != Cause::forced_fail)
        panic("a failure says why");
    return 0;
}
