// The input of -bs with -odi: a command goes to the suite when the one before it is answered, so that what a message
// begins is over before anything is made of what follows it (manual 5.3, -odi). Without -odi nobody needs this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::sendmail {

class PacedInput {
public:
    static constexpr std::size_t most_held = 64 * 1024; // octets; who reads the input asks wants_more() first

    void take(std::string_view octets) { held_ += octets; }
    void end() { has_ended_ = true; }
    bool wants_more() const { return !has_ended_ && held_.size() < most_held; }

    // What may go to the suite now; empty: it must answer first, or more must come.
    std::string next();
    bool is_over() const { return has_ended_ && held_.empty(); }
    // A whole reply was seen, with this code.
    void answered(unsigned code);

private:
    enum class Now : std::uint8_t {
        waits,   // for an answer; at first, for the banner
        command, // the next line is one
        message, // behind DATA's 354, up to the line with the dot
        chunk,   // behind BDAT
        freely,  // behind STARTTLS
    };
    std::string take_out(std::size_t count);
    std::string next_command();
    std::string next_of_message();

    std::string held_;
    bool has_ended_ = false;
    Now now_ = Now::waits;
    bool is_data_ = false, is_tls_ = false; // the command that is being answered
    bool at_line_start_ = true;             // of a message
    std::uint64_t chunk_ = 0;               // octets that are still to come
};

}
