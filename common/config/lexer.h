// Physical lines to logical lines: comments and blank lines dropped, macros substituted, .include and
// .ifdef obeyed, continuations joined (manual 6.2 to 6.10). Each logical line knows the file and line
// where it began.
//
// Macro definitions are lines like any other here, because only the reader of a section knows where
// they are allowed; it hands them back through macros().
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/macros.h"
#include "common/config/origin.h"
#include "common/config/problem.h"
#include "common/config/source.h"

namespace gp::config {

struct Line {
    std::string text; // no white space at either end, never empty
    Origin origin;
};

class Lexer {
public:
    Lexer(const Source& source, Macros& macros, Problems& problems, const Limits& limits = {});
    ~Lexer();
    Lexer(const Lexer&) = delete;
    Lexer& operator=(const Lexer&) = delete;

    // The next logical line, or nothing at the end (or when there are too many errors to go on).
    std::optional<Line> next();
    Macros& macros();
    // Names of all files read so far, in order of first opening.
    const std::vector<std::string>& files() const;
    // For each included file, the directive that brought it in (the last one).
    const std::map<std::string, Origin, std::less<>>& included_from() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}
