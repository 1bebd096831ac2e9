#include "common/scan/scanner.h"

namespace gp::scan {

Result<std::string> read_all(event::Stream& server, std::size_t most, event::Deadline until)
{
    std::string out;
    std::array<char, 4096> buffer;
    for (;;) {
        const auto got = TRY(server.read(buffer, until));
        if (got == 0)
            return out;
        out.append(buffer.data(), got);
        if (out.size() > most)
            return temporary("the scanner's answer is too long", Cause::too_big);
    }
}

}
