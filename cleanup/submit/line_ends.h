// Any line ends to CRLF, as Exim reads local messages (manual 48.2): LF, CRLF and CR end a line; a bare CR
// within the headers gets a blank behind it, so that it cannot end them.
#pragma once

#include <string>
#include <string_view>

namespace gp::submit {

class LineEnds {
public:
    // Appends what `octets` become to `out`. State is kept from call to call.
    void convert(std::string_view octets, std::string& out);
    // At the end of the message: a last line without an end gets one.
    void finish(std::string& out);

private:
    void end_line(std::string& out, bool bare_cr);

    bool in_headers_ = true;
    bool line_is_empty_ = true;
    bool after_cr_ = false;
};

}
