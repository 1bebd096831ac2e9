#include "cleanup/submit/line_ends.h"

namespace gp::submit {

void LineEnds::end_line(std::string& out, bool bare_cr)
{
    out += "\r\n";
    if (bare_cr && in_headers_ && !line_is_empty_) {
        out += ' '; // the line goes on: a bare CR is a mistake, or somebody playing games
        line_is_empty_ = false;
        return;
    }
    if (line_is_empty_)
        in_headers_ = false;
    line_is_empty_ = true;
}

void LineEnds::convert(std::string_view octets, std::string& out)
{
    out.reserve(out.size() + octets.size() + octets.size() / 32);
    while (!octets.empty()) {
        if (after_cr_) {
            after_cr_ = false;
            const bool crlf = octets.front() == '\n';
            end_line(out, !crlf);
            if (crlf)
                octets.remove_prefix(1);
            continue;
        }
        const auto end = octets.find_first_of("\r\n");
        const auto plain = octets.substr(0, end);
        if (!plain.empty()) {
            out += plain;
            line_is_empty_ = false;
        }
        if (end == std::string_view::npos)
            return;
        if (octets[end] == '\r')
            after_cr_ = true;
        else
            end_line(out, false);
        octets.remove_prefix(end + 1);
    }
}

void LineEnds::finish(std::string& out)
{
    if (after_cr_)
        end_line(out, false);
    else if (!line_is_empty_)
        out += "\r\n";
    after_cr_ = false;
    line_is_empty_ = true;
}

}
