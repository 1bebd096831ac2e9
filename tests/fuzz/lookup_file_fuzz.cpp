// Files that look-ups read: whatever is in them and whatever key is asked for, there is an answer or an error, and
// the same one when the file is asked again.
//
// Input: octet 0: the type; then the key up to a newline; then the file. dbm, lmdb and sqlite files are left to
// their libraries.

#include "tests/unit/lookup/desk.h"

namespace {

using namespace gp;

constexpr std::string_view types[] = {"lsearch", "cdb", "wildlsearch", "nwildlsearch", "iplsearch", "json",
                                      "partial-lsearch", "lsearch*@", "partial1()wildlsearch", "lsearch,ret=full"};

lookup::Desk& desk()
{
    static lookup::Desk made;
    return made;
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2 || size > 64 * 1024)
        return 0;
    const auto type = types[data[0] % std::size(types)];
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto end = std::min(text.find('\n'), text.size());
    const std::string key(text.substr(0, end));
    const auto path = desk().write("file", text.substr(std::min(end + 1, text.size())));
    desk().lookups.close_all();
    const auto first = desk().find(type, path, key);
    if (first.starts_with("error: ") && first.size() < 8)
        panic("an error says why");
    if (desk().find(type, path, key) != first)
        panic("asked twice, a file says the same");
    return 0;
}
