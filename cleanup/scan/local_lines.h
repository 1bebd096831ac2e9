// Octets with CR LF at the ends of lines, as they travel, turned into lines that end in LF, as files have them.
#pragma once

#include <string>
#include <string_view>

namespace gp::scan {

class LocalLines {
public:
    void convert(std::string_view octets, std::string& out)
    {
        for (const char c : octets) {
            if (held_ && c != '\n')
                out += '\r';
            held_ = c == '\r';
            if (!held_)
                out += c;
        }
    }
    void finish(std::string& out) // a CR that nothing follows
    {
        if (held_)
            out += '\r';
        held_ = false;
    }

private:
    bool held_ = false;
};

}
