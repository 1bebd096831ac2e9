// One line of a main log, taken apart: manual chapter 53, "The format of log lines". What the tools that read logs
// share; the lines are Exim's own and those of a syslog that carried them. Nothing in a line is trusted: what
// does not have the form of a log line is no line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gp::mainlog {

// What the two characters after the message id say.
enum class Flag { none, received, delivered, further, failed, deferred, suppressed, cutthrough, completed };

// Views into the text that was parsed.
struct Line {
    std::string_view stamp;     // "2002-10-31 09:00:10.123 +0100", as it stands
    std::int64_t milliseconds = 0; // since 1970; a stamp without zone is taken as UTC
    std::string_view from_stamp; // the line without what syslog put before it
    std::string_view pid;        // "[1234]" or empty
    std::string_view id;         // the message's, in Exim's older or newer form; empty for other lines
    Flag flag = Flag::none;
    std::string_view text;       // after stamp, pid, id and flag
};

// Nothing when the text does not begin as a log line does.
std::optional<Line> parse_line(std::string_view text);

// A message id at the beginning of the text: 6-6-2 characters, or 6-11-4 of Exim 4.97 and later. Its length, or 0.
std::size_t id_length(std::string_view text);

// The text up to its first blank that is in no quotes: the address that a line begins with.
std::string_view first_word(std::string_view text);

// Where a word that begins with NAME begins, outside of what is quoted or in parentheses; npos when there is none.
std::size_t field_place(std::string_view text, std::string_view name);

// The value of a field such as "H=", "S=" or "QT=": what follows NAME up to the end of the word. Quoted values
// (C="…") without their quotes. Nothing when the line has no such field.
std::optional<std::string_view> field(std::string_view text, std::string_view name);

// H= with all that belongs to it: `H=name (helo) [address]:port`.
struct Host {
    std::string_view name;    // confirmed name, or empty
    std::string_view helo;    // in parentheses, without them
    std::string_view address; // without brackets
};
std::optional<Host> host(std::string_view text);

}
