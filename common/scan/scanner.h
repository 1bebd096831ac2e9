// Conversations with virus and spam scanners: one file each in scanners/, which registers itself.
//
// Runs in the scan process alone. The connection has been made by router and comes as a descriptor; what the scanner
// says is a stranger's word: answers are bounded (scanner_answer_limit).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/event/line_reader.h"
#include "common/event/stream.h"

namespace gp::scan {

// A message as a scanner gets it: a mailbox of one message, with LF at the ends of lines; in pieces or in a file.
struct Letter {
    std::string_view headers;                                     // with the empty line
    std::uint64_t body_size = 0;
    std::function<Status(const std::function<Status(std::string_view)>& take)> body; // piece by piece
    std::size_t most_answer = 256 * 1024;                         // octets that the scanner may say
    // The path of a file with all of it, alone in its directory, for a scanner that opens it itself.
    std::function<Result<std::string>()> file;
    std::uint64_t size() const { return headers.size() + body_size; }
    Status each(const std::function<Status(std::string_view)>& take) const
    {
        TRY(take(headers));
        return body(take);
    }
};

struct Finding {
    std::string name, value; // "malware_name", "spam_score"
};
// The variables of a spam scanner: $spam_score, $spam_score_int, $spam_bar, $spam_report, $spam_action, and
// spam_is: "1" when the threshold is reached.
std::vector<Finding> spam_findings(double score, double threshold, std::string_view report, std::string_view action);
// "3.5 / 5.0 …": the numbers between the slashes; nothing when one is none.
std::optional<std::pair<double, double>> score_and_threshold(std::string_view text);

struct Scanner {
    std::string_view name; // "clamd"
    Result<std::vector<Finding>> (*scan)(event::Stream& server, const Letter& letter,
                                         const std::vector<std::string>& arguments, event::Deadline until) = nullptr;
    std::string_view doc;
};
using RegisterScanner = Registry<Scanner>::Entry;

// A line without its end, or what there is when the stream ends; `late` is what the log hears when none comes in time.
Result<std::string> read_answer(event::LineReader& server, const Letter& letter, std::string_view late, event::Deadline until);
// The directory of a file.
std::string directory_of(const std::string& path);
// Everything up to the end of the stream, or an error beyond `most` octets.
Result<std::string> read_all(event::Stream& server, std::size_t most, event::Deadline until);

}
