// Line ends between the wire's form (CRLF), which the spool keeps, and Unix's, a portion at a time.
#pragma once

#include <string>
#include <string_view>

namespace gp::spool {

// CRLF becomes LF; any other CR stays.
class ToUnix {
public:
    void add(std::string_view octets, std::string& out);
    void finish(std::string& out); // a CR at the very end was only held back

private:
    bool pending_cr_ = false;
};

// LF without a CR before it becomes CRLF; everything else stays.
class ToWire {
public:
    void add(std::string_view octets, std::string& out);

private:
    bool after_cr_ = false;
};

std::string to_unix(std::string_view octets);
std::string to_wire(std::string_view octets);

}
