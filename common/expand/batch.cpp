#include "common/expand/batch.h"

#include "common/base/text.h"
#include "common/expand/expand.h"

namespace gp::expand {
namespace {

// One line with those that it goes on in; white space at the ends of lines is dropped. False at the end.
bool read_line(const LineSource& lines, std::string& line)
{
    line.clear();
    bool is_first = true;
    std::string part;
    while (lines(part)) {
        std::string_view text = trim_right(part);
        if (!is_first)
            text = trim_left(text);
        is_first = false;
        if (!text.ends_with('\\')) {
            line += text;
            return true;
        }
        line += text.substr(0, text.size() - 1);
    }
    return !is_first;
}

}

bool expand_argument(Scene& scene, std::string_view text, const TextSink& out)
{
    const auto words = expand(scene, Text::clean(std::string(text)));
    if (words)
        out(words->text + "\n");
    else
        out("Failed: " + words.error().text + "\n");
    return static_cast<bool>(words);
}

void expand_lines(Scene& scene, const LineSource& lines, const TextSink& out)
{
    std::string line;
    while (true) {
        out("> ");
        if (!read_line(lines, line))
            break;
        expand_argument(scene, line, out);
    }
    out("\n");
}

}
