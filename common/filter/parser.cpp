#include "common/filter/parser.h"

#include "common/base/text.h"
#include "common/filter/detail/tests.h"

namespace gp::filter {
namespace {

std::string quoted(std::string_view word)
{
    return "\"" + std::string(word) + "\"";
}

bool ends_block(std::string_view word)
{
    return word == "elif" || word == "else" || word == "endif";
}

// "begin" and "begins", "CONTAIN" and "CONTAINS", "match" and "matches".
bool is_form_of(std::string_view word, std::string_view name)
{
    if (word == name)
        return true;
    const std::size_t ending = name == "matches" ? 2 : 1;
    return name.size() > 3 && name.back() == 's' && word == name.substr(0, name.size() - ending);
}

}

Status Parser::enter()
{
    if (++depth_ > rules_.depth_max)
        return reader_.near("commands and brackets are nested more than " + std::to_string(rules_.depth_max) + " deep");
    return {};
}

Result<Steps> Parser::file()
{
    return commands(false);
}

Result<Steps> Parser::block()
{
    return commands(true);
}

// "if(" is two words.
Result<std::string> Parser::command_word()
{
    if (reader_.next_is("if(")) {
        reader_.take_letters(2);
        return std::string("if");
    }
    return reader_.word(false);
}

// seen, unseen and noerror before a command, whose word is then in `word`.
Result<Prefix> Parser::prefix(std::string& word)
{
    Prefix found;
    while (word == "seen" || word == "unseen" || word == "noerror") {
        const auto line = std::to_string(reader_.line());
        const bool is_noerror = word == "noerror";
        const std::string name = is_noerror ? "\"noerror\"" : "\"seen\" or \"unseen\"";
        if (!is_noerror && found.seen)
            return permanent(name + " repeated near line " + line);
        if (reader_.at_end())
            return permanent(name + " near line " + line + " is not followed by a command");
        if (is_noerror)
            found.noerror = true;
        else
            found.seen = word == "seen";
        word = TRY(command_word());
    }
    return found;
}

Result<std::unique_ptr<Step>> Parser::command(const std::string& word, const Prefix& prefix)
{
    const auto* known = words_.commands.find(word);
    if (!known)
        return reader_.near("unknown filtering command " + quoted(word));
    if (!known->takes_prefix)
        TRY(no_prefix(word, prefix));
    return known->parse(*this, prefix);
}

Status Parser::no_prefix(std::string_view command, const Prefix& prefix) const
{
    if (prefix.seen || prefix.noerror)
        return permanent("\"seen\", \"unseen\", or \"noerror\" found before an " + quoted(command) +
                         " command near line " + std::to_string(reader_.line()));
    return {};
}

Result<Steps> Parser::commands(bool in_if)
{
    Steps steps;
    while (!reader_.at_end()) {
        auto word = TRY(command_word());
        const auto before = TRY(prefix(word));
        if (ends_block(word)) {
            if (!in_if)
                return reader_.near("unexpected " + quoted(word) + " command");
            if (before.seen || before.noerror)
                return permanent("\"seen\", \"unseen\", or \"noerror\" near line " + std::to_string(reader_.line()) +
                                 " is not followed by a command");
            end_word_ = word;
            return steps;
        }
        steps.push_back(TRY(command(word, before)));
    }
    if (in_if)
        return permanent("\"endif\" missing at end of filter file");
    return steps;
}

Result<std::string> Parser::argument(std::string_view command)
{
    auto found = TRY(reader_.item(false));
    if (found.empty())
        return reader_.near(quoted(command) + " requires an argument");
    return found;
}

// The comparison of that word; capitals say that case counts.
const Comparison* Parser::find_comparison(std::string_view word, bool& is_caseful) const
{
    const auto small = lower(word);
    is_caseful = word == upper(word);
    if (!is_caseful && word != small)
        return nullptr;
    for (const auto& known : words_.comparisons.all())
        if (is_form_of(small, known.name))
            return is_caseful && !known.has_capitals ? nullptr : &known;
    return nullptr;
}

// Between two texts: [does|is [not]] WORD, where "is" alone is a word too.
Result<TestPtr> Parser::comparison(std::string left)
{
    Compared made{.left = std::move(left)};
    auto word = TRY(reader_.word(true));
    made.shown = word;
    const bool is_is = same_nocase(word, "is");
    bool is_caseful = false;
    if (is_is || same_nocase(word, "does")) {
        auto place = reader_.place();
        auto next = TRY(reader_.word(true));
        if (same_nocase(next, "not")) {
            made.negated = true;
            made.shown += " not";
            place = reader_.place();
            next = TRY(reader_.word(true));
        }
        bool next_is_caseful = false;
        if (find_comparison(next, next_is_caseful)) {
            made.shown += " " + next;
            word = next;
        } else if (is_is) {
            reader_.go_back(place);
        } else {
            word = next;
        }
    }
    const auto* known = find_comparison(word, is_caseful);
    if (!known)
        return reader_.near("unrecognized condition word " + quoted(word));
    made.comparison = *known;
    made.is_caseful = is_caseful;
    made.right = TRY(reader_.item(true));
    return compared(std::move(made));
}

Result<TestPtr> Parser::single_test()
{
    bool negated = false;
    for (;;) {
        if (reader_.peek() == '(') {
            reader_.take();
            TRY(enter());
            auto inner = TRY(condition(true));
            leave();
            return bracketed(std::move(inner), negated);
        }
        if (reader_.peek() == ')')
            return permanent("unexpected \")\" in line " + std::to_string(reader_.line()) + " of filter file");
        if (reader_.at_end())
            return permanent("\"then\" missing at end of filter file");
        auto left = TRY(reader_.item(true));
        if (left == "not") {
            negated = !negated;
            continue;
        }
        if (left == "then")
            return reader_.near("unexpected \"then\"");
        const auto* known = words_.conditions.find(left);
        auto test = known ? TRY(known->parse(*this)) : TRY(comparison(std::move(left)));
        return negated ? denied(std::move(test)) : std::move(test);
    }
}

// What follows a test: "and", "or", or the end of the condition ("then" or the closing bracket).
Result<std::string> Parser::connective(bool in_brackets)
{
    if (reader_.peek() == '(' || (reader_.peek() == ')' && !in_brackets))
        return permanent(std::string("unexpected \"") + reader_.peek() + "\" in line " + std::to_string(reader_.line()) +
                         " of filter file");
    if (reader_.peek() == ')') {
        reader_.take();
        return std::string(")");
    }
    auto word = TRY(reader_.word(false));
    if (word == "and" || word == "or" || (word == "then" && !in_brackets))
        return word;
    if (word == "then")
        return reader_.near("missing \")\" at end of condition");
    return permanent("\"and\" or \"or\" or \"" + std::string(in_brackets ? ")" : "then") + "\" expected near line " +
                     std::to_string(reader_.line()) + " of filter file, but found " + quoted(word));
}

// "and" binds more than "or": a condition is alternatives of things that must all hold.
Result<TestPtr> Parser::condition(bool in_brackets)
{
    std::vector<TestPtr> alternatives, together;
    for (;;) {
        together.push_back(TRY(single_test()));
        const auto word = TRY(connective(in_brackets));
        if (word == "and")
            continue;
        alternatives.push_back(all_of(std::move(together)));
        together.clear();
        if (word != "or")
            return any_of(std::move(alternatives));
    }
}

}
