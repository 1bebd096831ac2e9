// Replies of servers that we send mail to: reading ends, keeps within its bounds, and a reply that was read can
// be passed on without becoming another one.
//
// Input: lines; octet 0 is whether enhanced codes are passed on.

#include "common/base/text.h"
#include "common/smtp/reply.h"

namespace {

using namespace gp;

// The one reply that these octets are.
smtp::Reply read_back(std::string_view wire)
{
    smtp::ReplyReader reader;
    while (!wire.empty()) {
        const auto end = wire.find("\r\n");
        if (end == std::string_view::npos)
            panic("what is written consists of lines");
        auto reply = reader.add(wire.substr(0, end));
        wire.remove_prefix(end + 2);
        if (!reply)
            panic("what is written can be read");
        if (*reply && !wire.empty())
            panic("what is written is one reply");
        if (*reply)
            return std::move(**reply);
    }
    panic("what is written is a whole reply");
}

void check(const smtp::Reply& reply, bool with_enhanced)
{
    if (reply.code < 200 || reply.code > 599 || reply.text.size() > smtp::max_reply_text + smtp::max_reply_lines)
        panic("a reply keeps within its bounds");
    const auto wire = reply.wire(with_enhanced);
    const auto again = read_back(wire);
    if (again.code != reply.code || read_back(again.wire(with_enhanced)) != again)
        panic("a reply that is passed on twice stays what it is");
    if (reply.one_line().find('\n') != std::string::npos)
        panic("one line is one line");
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    smtp::ReplyReader reader;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto reply = reader.add(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!reply)
            return 0; // the connection ends here
        if (*reply)
            check(**reply, data[0] % 2 == 1);
    }
    return 0;
}
