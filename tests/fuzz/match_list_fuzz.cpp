// Lists of domains, hosts, addresses and local parts: whatever the list and whoever asks, compiling and matching
// end, and a list says the same when it is asked twice.
//
// Input: octet 0 the kind, then the subject up to a newline, then the list.

#include "tests/unit/match/ground.h"

namespace {

using namespace gp;

match::Ground& ground()
{
    static match::NamedLists named = [] {
        match::NamedLists out;
        out.domains["ours"].text = "example.org : *.example.net : !bad.example";
        out.hosts["near"].text = "192.0.2.0/24 : 2001:db8::/32";
        out.addresses["them"].text = "a@b.example : *@c.example";
        out.local_parts["who"].text = "root : ^x.*y";
        return out;
    }();
    static match::Ground made{named, "example.org MX 10 me.example\nme.example A 192.0.2.1\n1.2.0.192.in-addr.arpa PTR me.example\n"};
    return made;
}

std::string answer(unsigned kind, std::string_view list, const std::string& subject)
{
    auto& place = ground();
    switch (kind % 4) {
    case 0: return place.domain(list, subject);
    case 1: return place.local_part(list, subject);
    case 2: return place.address(list, subject);
    default: return place.host(list, subject);
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 8 * 1024)
        return 0;
    std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    // Files and look-ups would read this machine; they have tests of their own.
    if (text.find('/') != std::string_view::npos || text.find(';') != std::string_view::npos)
        return 0;
    const auto end = std::min(text.find('\n'), text.size());
    const std::string subject(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto first = answer(data[0], text, subject);
    if (first.empty())
        panic("an answer says something");
    if (answer(data[0], text, subject) != first)
        panic("asked twice, a list says the same");
    return 0;
}
