// What a milter says: a whole conversation with these octets as its answers. Nothing of it may end a header early, bring
// a control character into an address, or leave the conversation going after an error.

#include "common/scan/milter_talk.h"
#include "tests/fuzz/octet_stream.h"

namespace {

using namespace gp;

void check(const mail::MilterChange& change)
{
    using Kind = mail::MilterChange::Kind;
    if (change.kind == Kind::replace_body)
        return;
    for (std::size_t i = 0; i < change.value.size(); ++i) {
        const auto c = static_cast<unsigned char>(change.value[i]);
        const bool is_fold = change.value.substr(i, 2) == "\r\n" && i + 2 < change.value.size() &&
                             (change.value[i + 2] == ' ' || change.value[i + 2] == '\t');
        if (is_fold)
            ++i;
        else if (c < 32 && c != '\t')
            panic("a milter has brought a control character into a message");
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets{reinterpret_cast<const char*>(data), size};
    scan::MilterTalk talk{std::make_unique<fuzz::OctetStream>(octets), {}, 1 << 20};
    if (!talk.negotiate())
        return 0;
    const scan::MilterLetter letter{.headers = {{"Subject", " x"}},
                                    .body = [](const std::function<Status(std::string_view)>& take) { return take("hi\r\n"); }};
    using mail::MilterEvent;
    for (int round = 0; round < 2; ++round) {
        for (const auto event : {MilterEvent::connect, MilterEvent::helo, MilterEvent::mail, MilterEvent::rcpt, MilterEvent::data, MilterEvent::unknown})
            (void)talk.say(event, {}, {{"i", "id", true}, {"{x}", "y", false}});
        std::vector<mail::MilterChange> changes;
        const auto said = talk.give(letter, {}, event::Deadline::never(), changes);
        if (said && talk.is_over())
            panic("it goes on after its end");
        for (const auto& change : changes)
            check(change);
    }
    return 0;
}
