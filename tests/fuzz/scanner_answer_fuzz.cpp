// What a virus or spam scanner answers: a finding, none, or an error that says why; never more than it may say.
//
// Input: octet 0 which scanner, then what it says.

#include "common/scan/scanner.h"
#include "tests/fuzz/octet_stream.h"

using namespace gp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    static const auto scanners = Registry<scan::Scanner>::linked();
    const auto& all = scanners.all();
    const auto& scanner = all[data[0] % all.size()];
    fuzz::OctetStream server{{reinterpret_cast<const char*>(data) + 1, size - 1}};
    const scan::Letter letter{.headers = "Subject: x\n\n",
                              .body_size = 3,
                              .body = [](const std::function<Status(std::string_view)>& take) { return take("hi\n"); },
                              .most_answer = 1024,
                              .file = [] { return Result<std::string>("/scan/1xV066-nXoq20-0c/1xV066-nXoq20-0c.eml"); }};
    const std::vector<std::string> arguments{"nobody", "%s", "FOUND: (.*)"};
    const auto found = scanner.scan(server, letter, arguments, event::Deadline::never());
    if (!found && found.error().text.empty())
        panic("an error says why");
    for (std::size_t i = 0; found && i < found->size(); ++i)
        if ((*found)[i].name.empty() || (*found)[i].value.size() > 64 * letter.most_answer)
            panic("a scanner says no more than it may");
    return 0;
}
