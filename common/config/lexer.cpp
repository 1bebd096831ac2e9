#include "common/config/lexer.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::config {
namespace {

// A file, or the text in hand, being read line by line.
struct Input {
    std::shared_ptr<const std::string> name;
    std::string content;
    std::size_t at = 0;
    std::uint32_t line = 0;
};

// One .ifdef … .endif that is open.
struct Condition {
    bool is_active;        // the lines here count
    bool was_taken;        // a branch of it has counted already
    bool is_within_active; // the lines around it count
    bool has_else = false;
    Origin origin;
};

enum class Word { none, ifdef, ifndef, elifdef, elifndef, else_, endif, include, include_if_exists };

struct Directive {
    std::string_view name;
    Word word;
};
constexpr Directive directives[] = {
    {".ifdef", Word::ifdef},     {".ifndef", Word::ifndef}, {".elifdef", Word::elifdef},
    {".elifndef", Word::elifndef}, {".else", Word::else_},  {".endif", Word::endif},
    {".include", Word::include}, {".include_if_exists", Word::include_if_exists},
};

std::string_view first_word(std::string_view line)
{
    std::size_t end = 0;
    while (end < line.size() && !is_space(line[end]))
        ++end;
    return line.substr(0, end);
}

Word directive_of(std::string_view line)
{
    if (line.empty() || line.front() != '.')
        return Word::none;
    const std::string_view word = first_word(line);
    for (const auto& directive : directives)
        if (directive.name == word)
            return directive.word;
    return Word::none;
}

// ".ifdf", ".elsif": meant as a directive, and not the text of a rule or a value.
std::string_view misspelt(std::string_view line)
{
    if (line.empty() || line.front() != '.')
        return {};
    std::vector<std::string_view> names;
    for (const auto& directive : directives)
        names.push_back(directive.name);
    return nearest(first_word(line), names);
}

bool is_condition(Word word)
{
    return word != Word::none && word != Word::include && word != Word::include_if_exists;
}

std::string_view folder_of(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view(".") : path.substr(0, std::max<std::size_t>(slash, 1));
}

}

struct Lexer::Impl {
    const Source& source;
    Macros& macros;
    Problems& problems;
    const Limits limits;
    std::vector<Input> inputs; // the innermost included file last
    std::vector<Condition> conditions;
    std::vector<std::string> files;
    std::map<std::string, Origin, std::less<>> included_from;
    std::size_t octets = 0;
    std::size_t lines = 0;
    bool is_over = false;

    Origin here() const { return inputs.empty() ? Origin{} : Origin{inputs.back().name, inputs.back().line}; }

    void stop(std::string_view line, std::string reason, std::string hint = {})
    {
        problems.error(here(), line, std::move(reason), std::move(hint));
        is_over = true;
    }

    bool is_active() const { return conditions.empty() || conditions.back().is_active; }

    bool open(std::string name, std::string content)
    {
        octets += content.size();
        if (octets > limits.total_size) {
            stop({}, "the configuration is larger than " + std::to_string(limits.total_size) + " octets");
            return false;
        }
        if (std::ranges::find(files, name) == files.end())
            files.push_back(name);
        inputs.push_back({std::make_shared<const std::string>(std::move(name)), std::move(content), 0, 0});
        return true;
    }

    void begin()
    {
        if (source.text) {
            open(source.name, *source.text);
            return;
        }
        auto content = source.read(source.name, limits.total_size);
        if (!content) {
            problems.error({}, {}, "configuration file " + content.error().text);
            is_over = true;
            return;
        }
        open(source.name, std::move(content).take());
    }

    // The next physical line, trimmed; nothing at the end of the last file.
    std::optional<std::string> physical()
    {
        while (!inputs.empty() && !is_over) {
            Input& input = inputs.back();
            if (input.at >= input.content.size()) {
                if (inputs.size() == 1)
                    return std::nullopt; // the origin of the last line is still wanted
                inputs.pop_back();
                continue;
            }
            if (++lines > limits.lines) {
                stop({}, "the configuration has more than " + std::to_string(limits.lines) + " lines");
                return std::nullopt;
            }
            const auto end = std::min(input.content.find('\n', input.at), input.content.size());
            std::string line(trim(std::string_view(input.content).substr(input.at, end - input.at)));
            input.at = end + 1;
            ++input.line;
            if (line.find('\0') != std::string::npos) {
                problems.error(here(), line, "the line holds a zero octet");
                continue;
            }
            return line;
        }
        return std::nullopt;
    }

    // True when macros were named in the words after a condition's directive.
    bool names_macro(std::string_view line)
    {
        std::string words(trim(line.substr(first_word(line).size())));
        const auto has = macros.substitute(words, limits.line_size);
        return has && *has;
    }

    void open_condition(std::string_view line, bool wanted, bool was_substituted)
    {
        if (conditions.size() >= limits.condition_depth)
            return stop(line, "conditions are nested deeper than " + std::to_string(limits.condition_depth));
        if (trim(line.substr(first_word(line).size())).empty() && !was_substituted)
            problems.warning(here(), line, std::string(first_word(line)) + " names no macro");
        const bool around = is_active();
        const bool counts = around && was_substituted == wanted;
        conditions.push_back({counts, counts, around, false, here()});
    }

    // `was_substituted`: macros in the line itself, which Exim counts too.
    void obey_condition(Word word, std::string_view line, bool was_substituted)
    {
        const bool has_macro = was_substituted || names_macro(line);
        if (word == Word::ifdef || word == Word::ifndef)
            return open_condition(line, word == Word::ifdef, has_macro);
        const std::string name(first_word(line));
        if (conditions.empty()) {
            problems.error(here(), line, name + " without matching .ifdef");
            return;
        }
        Condition& condition = conditions.back();
        if (word == Word::endif) {
            conditions.pop_back();
            return;
        }
        if (condition.has_else) {
            problems.error(here(), line, name + " after .else", "the condition began at " + condition.origin.text());
            condition.is_active = false;
            return;
        }
        condition.has_else = word == Word::else_;
        const bool holds = word == Word::else_ || has_macro == (word == Word::elifdef);
        condition.is_active = condition.is_within_active && !condition.was_taken && holds;
        condition.was_taken = condition.was_taken || condition.is_active;
    }

    // The file that an .include names, without its quotes; empty after an error.
    std::string included_path(std::string_view line, bool must_exist)
    {
        std::string_view name = trim(line.substr(first_word(line).size()));
        if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
            name = name.substr(1, name.size() - 2);
        if (name.empty()) {
            problems.error(here(), line, std::string(first_word(line)) + " needs a file name");
            return {};
        }
        if (name.front() == '/')
            return std::string(name);
        if (!must_exist) {
            problems.error(here(), line, ".include_if_exists specifies a non-absolute path \"" + std::string(name) + "\"",
                           "write the whole path, or use .include, which is relative to the including file");
            return {};
        }
        return std::string(folder_of(*inputs.back().name)) + "/" + std::string(name);
    }

    void include(std::string_view line, bool must_exist)
    {
        const std::string path = included_path(line, must_exist);
        if (path.empty())
            return;
        if (inputs.size() > limits.include_depth)
            return stop(line, "included files are nested deeper than " + std::to_string(limits.include_depth));
        auto content = source.read(path, limits.total_size);
        if (content) {
            included_from[path] = here();
            open(path, std::move(content).take());
            return;
        }
        if (!must_exist && content.error().cause == Cause::not_found)
            return;
        problems.error(here(), line, "failed to open included configuration file " + content.error().text);
    }

    // One physical line: text for the logical line, or nothing when it was a comment or a directive.
    enum class Kind { nothing, blank, text };
    Kind digest(std::string& line)
    {
        if (line.empty())
            return is_active() ? Kind::blank : Kind::nothing;
        if (line.front() == '#')
            return Kind::nothing;
        if (const Word word = directive_of(line); is_condition(word)) {
            obey_condition(word, line, false);
            return Kind::nothing;
        }
        if (!is_active())
            return Kind::nothing;
        const auto substituted = macros.substitute(line, limits.line_size);
        if (!substituted) {
            problems.error(here(), line, substituted.error().text);
            return Kind::nothing;
        }
        line = trim(line);
        if (line.empty())
            return Kind::blank;
        if (line.front() == '#')
            return Kind::nothing;
        const Word word = directive_of(line);
        if (word == Word::none)
            return Kind::text;
        if (is_condition(word))
            obey_condition(word, line, *substituted);
        else
            include(line, word == Word::include);
        return Kind::nothing;
    }

    void finish()
    {
        is_over = true;
        for (const auto& condition : conditions)
            problems.error(condition.origin, {}, "unexpected end of configuration file: .endif missing",
                           "the condition that begins here is never closed");
        conditions.clear();
    }

    std::optional<Line> next()
    {
        Line logical;
        bool is_continued = false;
        while (!is_over && !problems.full()) {
            auto line = physical();
            if (!line) {
                if (!is_over)
                    finish();
                break;
            }
            const Kind kind = digest(*line);
            if (kind == Kind::nothing || (kind == Kind::blank && !is_continued))
                continue;
            if (!is_continued && is_misspelt(*line))
                continue;
            if (!is_continued)
                logical.origin = here();
            is_continued = kind == Kind::text && line->back() == '\\';
            if (is_continued)
                line->pop_back();
            logical.text += *line;
            if (logical.text.size() > limits.line_size) {
                stop(logical.text, "the line, with its continuations, is longer than " +
                                       std::to_string(limits.line_size) + " octets");
                break;
            }
            if (!is_continued && trim(logical.text).empty())
                logical.text.clear(); // nothing but backslashes
            else if (!is_continued)
                break;
        }
        logical.text = trim(logical.text);
        if (logical.text.empty())
            return std::nullopt;
        return logical;
    }

    bool is_misspelt(std::string_view line)
    {
        const auto meant = misspelt(line);
        if (!meant.empty())
            problems.error(here(), line, "unknown directive " + std::string(first_word(line)),
                           "did you mean " + std::string(meant) + "?");
        return !meant.empty();
    }
};

Lexer::Lexer(const Source& source, Macros& macros, Problems& problems, const Limits& limits)
    : impl_(new Impl{.source = source, .macros = macros, .problems = problems, .limits = limits,
                     .inputs = {}, .conditions = {}, .files = {}, .included_from = {}})
{
    impl_->begin();
}

Lexer::~Lexer() = default;

std::optional<Line> Lexer::next()
{
    return impl_->next();
}

Macros& Lexer::macros()
{
    return impl_->macros;
}

const std::map<std::string, Origin, std::less<>>& Lexer::included_from() const
{
    return impl_->included_from;
}

const std::vector<std::string>& Lexer::files() const
{
    return impl_->files;
}

}
