#include "common/spool/line_ends.h"

namespace gp::spool {

void ToUnix::add(std::string_view octets, std::string& out)
{
    for (const char c : octets) {
        if (pending_cr_ && c != '\n')
            out.push_back('\r');
        pending_cr_ = c == '\r';
        if (!pending_cr_)
            out.push_back(c);
    }
}

void ToUnix::finish(std::string& out)
{
    if (pending_cr_)
        out.push_back('\r');
    pending_cr_ = false;
}

void ToWire::add(std::string_view octets, std::string& out)
{
    for (const char c : octets) {
        if (c == '\n' && !after_cr_)
            out.push_back('\r');
        after_cr_ = c == '\r';
        out.push_back(c);
    }
}

std::string to_unix(std::string_view octets)
{
    std::string out;
    out.reserve(octets.size());
    ToUnix converter;
    converter.add(octets, out);
    converter.finish(out);
    return out;
}

std::string to_wire(std::string_view octets)
{
    std::string out;
    out.reserve(octets.size() + octets.size() / 32);
    ToWire{}.add(octets, out);
    return out;
}

}
