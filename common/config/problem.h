// What is wrong with a configuration: all of it, not only the first thing. The reader goes on after a
// bad line, so that one run tells the administrator everything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/origin.h"

namespace gp::config {

struct Problem {
    Origin origin;
    std::string line;   // the text it is about, as read (after macros); may be empty
    std::string reason; // reads well after a colon
    std::string hint;   // the nearest form that works: "did you mean \"queue_only\"?"; may be empty
    enum class Weight { error, warning, note } weight = Weight::error;

    // "FILE:LINE: reason (hint)", and the line itself, shortened, below it when there is one.
    std::string text() const;
};

class Problems {
public:
    // Past this many errors reading stops; the last one says so.
    static constexpr std::size_t most = 200;

    void error(Origin origin, std::string_view line, std::string reason, std::string hint = {});
    void warning(Origin origin, std::string_view line, std::string reason, std::string hint = {});
    // Worth knowing when a configuration is checked; says nothing of a running suite.
    void note(Origin origin, std::string_view line, std::string reason, std::string hint = {});

    bool has_errors() const { return errors_ > 0; }
    bool full() const { return errors_ >= most; }
    std::size_t errors() const { return errors_; }
    const std::vector<Problem>& all() const { return all_; }
    // All of them from `least` on, one after the other, each ended by a newline.
    std::string text(Problem::Weight least = Problem::Weight::warning) const;
    void append(const Problems& others);

private:
    void add(Problem problem);
    std::vector<Problem> all_;
    std::size_t errors_ = 0;
    std::size_t remarks_ = 0; // warnings and notes
};

}
