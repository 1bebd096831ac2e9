// The message of DATA on the wire: dot stuffing both ways, RFC 5321 section 4.5.2.
//
// Reading is strict: a line ends with CR LF and with nothing else, and only CRLF "." CRLF ends the
// message. A CR without LF or a LF without CR is counted, so that the session can refuse the message;
// it never ends anything. Both directions work on blocks of any cut.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::smtp {

// What to do with a CR or LF that stands alone.
enum class BareLineEnd {
    keep,      // pass it on and count it: the session refuses the message at its end
    normalize, // make it CR LF in the message; it still ends nothing of the dialogue
    end_line,  // a LF is as good as CR LF, dots included: for programs of this machine, never for a network
};

class DotReader {
public:
    explicit DotReader(BareLineEnd bare = BareLineEnd::keep) : bare_(bare) {}

    // Appends the message's octets in `block` to `out`, dots unstuffed. Returns how many octets of the
    // block were taken: all of them, or up to the end of the message, and then done() is true.
    std::size_t read(std::string_view block, std::string& out);

    bool done() const { return state_ == State::done; }
    std::uint64_t octets() const { return octets_; } // of the message so far
    std::uint64_t bare_crs() const { return bare_crs_; }
    std::uint64_t bare_lfs() const { return bare_lfs_; }
    bool has_bare() const { return bare_crs_ + bare_lfs_ > 0; }

private:
    enum class State {
        line_start, // behind CRLF, or at the very start: DATA's own CRLF came before
        in_line,
        cr,      // CR was seen in a line; not yet put out
        dot,     // a dot at the start of a line; not yet put out
        dot_cr,  // CR behind it
        done,
    };
    void take(char c, std::string& out);
    void take_first(char c, std::string& out);
    void take_in_line(char c, std::string& out);
    void take_behind_cr(char c, std::string& out);
    void put(std::string_view octets, std::string& out);
    void put_bare(char c, std::string& out);

    BareLineEnd bare_;
    State state_ = State::line_start;
    std::uint64_t octets_ = 0;
    std::uint64_t bare_crs_ = 0, bare_lfs_ = 0;
};

// Doubles dots at the start of lines. A line whose dot stands behind NULs gets one too: to a host that drops NULs that dot
// would stand at the start, and could end the message; to any other the new one is the first of a line, and taken off.
class DotWriter {
public:
    void write(std::string_view block, std::string& out);
    // The end of the message: CRLF if the last line has none, then ".CRLF".
    void finish(std::string& out);

private:
    void put_nuls(std::string& out);
    bool at_line_start_ = true;
    bool after_cr_ = false;
    std::size_t nuls_ = 0; // at the start of this line, not yet put out
};

}
