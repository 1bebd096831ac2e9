// One run of a filter: what it sees, what it has asked for so far, and what a test of it prints. Commands and
// conditions work on this.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/expand/scene.h"
#include "common/filter/outcome.h"
#include "common/filter/rules.h"
#include "common/filter/tree.h"

namespace gp::filter {

// What a filter does while it runs, and not later: logfile and logwrite. Null: nothing is written.
class Journal {
public:
    virtual ~Journal() = default;
    virtual Status write(const std::string& file, std::uint32_t mode, std::string_view text) = 0;
};

struct Surroundings {
    expand::Scene& scene; // with message and address; the filter changes its captures, facts and headers
    const Rules& rules;
    Journal* journal = nullptr;
    std::function<void(std::string_view line)> print;   // exim -bf: what would be done
    std::function<void(std::string_view line)> explain; // -v: what each condition gave
};

class Run {
public:
    explicit Run(const Surroundings& around);
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    expand::Scene& scene() { return around_.scene; }
    const Rules& rules() const { return around_.rules; }
    Outcome& outcome() { return outcome_; }

    // What a text of the filter says now. The error: failed to expand "…" in WHERE: reason.
    Result<Text> expand(const std::string& text, std::string_view where);

    // True while exim -bf asks: nothing is done, all is told.
    bool is_test() const { return static_cast<bool>(around_.print); }
    void print(std::string line);
    void explain_test(std::string_view what, const Test& test, bool holds);

    // Everything counts: a filter that does too much is an error.
    Status count_step();
    Status add(Action action);

    // A test is about to look at `text`: captures carry its taint.
    void subject_taint(const Text& text) { subject_ = text; }
    void set_captures(std::vector<std::string> groups);

    // Commands and blocks.
    Result<Flow> obey(const Steps& steps);
    void deeper() { ++depth_; }
    void shallower() { --depth_; }

    Status add_number(std::size_t index, std::int32_t amount);
    void edit_headers(HeaderEdit edit);
    void set_log(std::string file, std::uint32_t mode);
    Status write_log(std::string_view text);

private:
    void show_number(std::size_t index);
    Surroundings around_;
    Outcome outcome_;
    expand::Message message_; // the scene's, with the headers that this filter has made
    std::string headers_text_;
    expand::Headers headers_;
    std::string log_file_;
    std::uint32_t log_mode_ = 0600;
    Text subject_;
    std::size_t steps_ = 0, octets_ = 0, depth_ = 0;
};

// "\n" for a newline, octal for other controls; tabs stay: how tests show texts.
std::string shown(std::string_view text);

}
