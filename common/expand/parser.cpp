#include "common/expand/parser.h"

#include "common/base/text.h"
#include "common/expand/detail/judge.h"
#include "common/expand/detail/nodes.h"
#include "common/expand/expand.h"
#include "common/expand/unknown_names.h"
#include "common/lookup/quoted.h"

namespace gp::expand {
namespace {

bool unknown_names_fail_late = false;

class UnknownNode final : public Node {
public:
    explicit UnknownNode(std::string why) : why_(std::move(why)) {}
    Status evaluate(Scene&, Text&) const override { return misconfigured(why_); }

private:
    std::string why_;
};


constexpr std::size_t longest_name = 255;

// "h_", "header_", "rh_" … at the start of a name: the form and the length of the prefix.
struct HeaderPrefix {
    HeaderForm form;
    std::size_t length;
};

// "did you mean …?" of a word that no row of a table has; empty when none is near. Only of texts of the configuration.
template <class Row>
std::string nearest_of(const Registry<Row>& rows, std::string_view word, std::string_view before)
{
    if (word.empty())
        return {};
    std::vector<std::string_view> names;
    for (const auto& row : rows.all())
        names.push_back(row.name);
    const auto near = nearest(word, names);
    return near.empty() ? std::string{} : "did you mean " + std::string(before) + std::string(near) + "?";
}

std::optional<HeaderPrefix> header_prefix(std::string_view name)
{
    struct Row {
        std::string_view prefix;
        HeaderForm form;
    };
    static constexpr Row rows[] = {
        {"h_", HeaderForm::decoded},  {"header_", HeaderForm::decoded}, {"rh_", HeaderForm::raw},
        {"rheader_", HeaderForm::raw}, {"bh_", HeaderForm::basic},       {"bheader_", HeaderForm::basic},
        {"lh_", HeaderForm::list},    {"lheader_", HeaderForm::list},
    };
    for (const auto& row : rows)
        if (name.starts_with(row.prefix))
            return HeaderPrefix{row.form, row.prefix.size()};
    return std::nullopt;
}

// Manual 11.9: names of ACL variables begin with acl_c or acl_m and a digit or underscore.
std::string about_variable(std::string_view name)
{
    if (!name.starts_with("acl_"))
        return {};
    if (!name.starts_with("acl_c") && !name.starts_with("acl_m"))
        return " (user-defined ACL variables must start acl_c or acl_m)";
    return " (6th character of a user-defined ACL variable must be a digit or underscore)";
}

bool may_be_in_header_name(char c)
{
    return c > ' ' && c <= '~' && c != ':';
}

// Where the next character stands that is more than itself, from `at` on; most are near, and no search is worth a call.
std::size_t next_special(std::string_view text, std::size_t at, bool until_brace)
{
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '$' || c == '\\' || (c == '}' && until_brace))
            break;
    }
    return at;
}

}

// One level of braces, for the limits on nesting: levels, and what they take of the stack, which is a fiber's.
struct Nesting {
    explicit Nesting(Parser& of) : parser(of)
    {
        const auto* here = static_cast<const char*>(__builtin_frame_address(0));
        if (parser.depth_++ == 0)
            parser.stack_base_ = here;
        used = static_cast<std::size_t>(parser.stack_base_ - here); // it grows downwards
    }
    ~Nesting() { --parser.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Parser& parser;
    bool is_too_deep() const
    {
        // Reading may take a third more than evaluating: little lies below it.
        return parser.depth_ > parser.limits_.expansion_nesting_max || used > parser.limits_.expansion_stack_max / 3 * 4;
    }
    std::size_t used = 0;
};

Parser::Parser(const Language& language, std::string_view text, const Limits& limits, bool translates)
    : language_(language), text_(text), limits_(limits), translates_(translates)
{
}

Result<std::shared_ptr<const Sequence>> Parser::parse()
{
    auto whole = sequence(false, Dollar::expanded);
    if (!unknown_names_fail_late || (whole && unknown_.empty()))
        return std::shared_ptr<const Sequence>(TRY(std::move(whole)));
    // Exim reads what it skips, and finds such a name there too.
    auto failing = whole ? std::shared_ptr<Sequence>(std::move(*whole)) : std::make_shared<Sequence>();
    failing->add(std::make_unique<UnknownNode>(unknown_.empty() ? whole.error().text : unknown_.front()));
    return std::shared_ptr<const Sequence>(std::move(failing));
}

void Parser::skip_space()
{
    while (is_space(peek()) && !at_end())
        ++at_;
}

bool Parser::take(char c)
{
    if (at_end() || peek() != c)
        return false;
    ++at_;
    return true;
}

std::string Parser::name(std::string_view extra)
{
    const auto from = at_;
    while (!at_end() && (is_alnum(peek()) || extra.find(peek()) != std::string_view::npos))
        ++at_;
    return std::string(text_.substr(from, std::min(at_ - from, longest_name)));
}

std::string Parser::digits()
{
    const auto from = at_;
    while (is_digit(peek()))
        ++at_;
    return std::string(text_.substr(from, at_ - from));
}

Error Parser::fail(std::string text)
{
    fault_ = std::min(at_, text_.size());
    return misconfigured(std::move(text));
}

Error Parser::curly()
{
    return fail(header_is_suspect_ ? "missing or misplaced { or } - could be header name not terminated by colon"
                                   : "missing or misplaced { or }");
}

void Parser::suspect_header(std::string_view header_name)
{
    if (header_name.find('}') != std::string_view::npos)
        header_is_suspect_ = true;
}

Result<std::unique_ptr<Sequence>> Parser::sequence(bool until_brace, Dollar how)
{
    const Nesting nesting(*this);
    if (nesting.is_too_deep())
        return fail("too many braces within braces (expansion_nesting_max)");
    auto out = std::make_unique<Sequence>();
    while (!at_end()) {
        const auto next = next_special(text_, at_, until_brace);
        out->add(text_.substr(at_, next - at_));
        at_ = next;
        if (at_end())
            break;
        if (peek() == '}')
            return out;
        if (peek() == '\\') {
            TRY(backslash(*out));
        } else if (how == Dollar::literal) {
            out->add("$");
            ++at_;
        } else {
            TRY(dollar(*out));
        }
    }
    if (until_brace)
        return fail(header_is_suspect_ ? "missing } at end of string - could be header name not terminated by colon"
                                       : "missing } at end of string");
    return out;
}

void let_unknown_names_fail_late(bool late)
{
    unknown_names_fail_late = late;
}

bool unknown_names_fail_late_here()
{
    return unknown_names_fail_late;
}

Status Parser::backslash(Sequence& into)
{
    if (at_ + 1 >= text_.size())
        return fail("\\ at end of string");
    if (peek(1) != 'N') {
        const char c = lookup::read_escape(text_, at_);
        into.add(std::string_view(&c, 1));
        return {};
    }
    // \N … \N: nothing in between is special.
    at_ += 2;
    const auto end = text_.find("\\N", at_);
    into.add(text_.substr(at_, end == std::string_view::npos ? end : end - at_));
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
    return {};
}

Status Parser::dollar(Sequence& into)
{
    ++at_;
    if (is_alpha(peek()))
        return plain_name(into);
    if (is_digit(peek())) {
        into.add(std::make_unique<CaptureNode>(digits()));
        return {};
    }
    if (peek() != '{')
        return fail("$ not followed by letter, digit, or {");
    ++at_;
    return in_braces(into);
}

Status Parser::plain_name(Sequence& into)
{
    const auto from = at_;
    const auto word = name("_");
    if (const auto prefix = header_prefix(word)) {
        at_ = from + prefix->length;
        const auto header = header_name();
        suspect_header(header);
        into.add(std::make_unique<HeaderNode>(header, prefix->form));
        return {};
    }
    into.add(TRY(variable(word, false)));
    return {};
}

std::string Parser::header_name()
{
    std::string out;
    for (; !at_end() && may_be_in_header_name(peek()); ++at_)
        if (out.size() < longest_name)
            out += peek();
    take(':');
    return out;
}

Error Parser::unknown_variable(std::string text, std::string_view name)
{
    if (const auto near = language_.nearest_variable(name); !near.empty())
        hint_ = "did you mean $" + near + "?";
    return fail(std::move(text) + about_variable(name));
}

Result<NodePtr> Parser::variable(const std::string& name, bool has_braces)
{
    if (const auto* found = language_.find_variable(name))
        return NodePtr(std::make_unique<VariableNode>(*found, name));
    auto unknown = has_braces ? "unknown variable in \"${" + name + "}\"" : "unknown variable name \"" + name + "\"";
    if (unknown_names_fail_late) {
        unknown_.push_back(std::move(unknown) + about_variable(name));
        return NodePtr(std::make_unique<UnknownNode>(unknown_.back()));
    }
    return unknown_variable(std::move(unknown), name);
}

Status Parser::in_braces(Sequence& into)
{
    if (is_digit(peek())) {
        auto number = digits();
        if (!take('}'))
            return fail("} expected after number");
        into.add(std::make_unique<CaptureNode>(std::move(number)));
        return {};
    }
    if (!is_alpha(peek()))
        return fail("letter or digit expected after ${");
    const auto word = name("_-");
    if (const auto* item = language_.find_item(word)) {
        if (item->parse) {
            into.add(TRY(item->parse(*this)));
            return {};
        }
        auto texts = TRY(arguments(word, item->least, item->most, true));
        if (judge_)
            judge_->item(*item, texts);
        into.add(std::make_unique<ItemNode>(*item, std::move(texts)));
        return {};
    }
    if (take(':'))
        return operation(into, word);
    if (take('}')) {
        into.add(TRY(variable(word, true)));
        return {};
    }
    hint_ = nearest_of(language_.items(), word, "${");
    return fail("\"${" + word + "\" is not a known operator (or a } is missing in a variable reference)");
}

// "substr_3_2" is the operator substr with the argument "3_2"; "quote_local_part" is one of its own.
Status Parser::operation(Sequence& into, const std::string& word)
{
    const auto* found = language_.find_operator(word);
    std::string argument;
    bool has_argument = false;
    if (!found) {
        const auto underscore = word.find('_');
        found = language_.find_operator(std::string_view(word).substr(0, underscore));
        if (found && underscore != std::string::npos) {
            argument = word.substr(underscore + 1);
            has_argument = true;
        }
    }
    auto subject = TRY(inside_braces());
    if (!found) {
        hint_ = nearest_of(language_.operators(), word, "");
        if (const auto end = word.find('_'); hint_.empty() && end != word.npos) // "hesh_4"
            hint_ = nearest_of(language_.operators(), std::string_view(word).substr(0, end), "");
        return fail("unknown expansion operator \"" + word + "\"");
    }
    if (!take('}'))
        return curly();
    if (judge_)
        judge_->operation(*found, word, argument, has_argument, *subject);
    into.add(std::make_unique<OperatorNode>(*found, word, std::move(argument), has_argument, std::move(subject)));
    return {};
}

Result<std::unique_ptr<Sequence>> Parser::inside_braces(Dollar how)
{
    return sequence(true, how);
}

Result<std::vector<std::unique_ptr<Sequence>>> Parser::arguments(std::string_view word, unsigned least,
                                                                 unsigned most, bool with_end)
{
    std::vector<std::unique_ptr<Sequence>> out;
    while (out.size() < most) {
        skip_space();
        if (!take('{')) {
            if (out.size() < least)
                return fail("Not enough arguments for '" + std::string(word) + "' (min is " + std::to_string(least) +
                            ")");
            break;
        }
        out.push_back(TRY(inside_braces()));
        if (!take('}'))
            return curly();
    }
    if (!with_end)
        return out;
    skip_space();
    if (take('}'))
        return out;
    if (peek() == '{')
        return fail("Too many arguments for '" + std::string(word) + "' (max is " + std::to_string(most) + ")");
    return fail("missing '}' after '" + std::string(word) + "'");
}

Error Parser::bracketing_error(std::string_view condition, Error error)
{
    if (error.text.starts_with("Not enough arguments") || error.text.starts_with("missing '}' after"))
        error.text = "too few arguments or bracketing error for " + std::string(condition);
    return error;
}

Result<std::vector<std::unique_ptr<Sequence>>> Parser::condition_arguments(std::string_view name, unsigned least, unsigned most)
{
    skip_space();
    if (!take('{'))
        return fail("missing { after \"" + std::string(name) + "\"");
    skip_space();
    auto texts = arguments(name, least, most, true);
    if (!texts)
        return bracketing_error(name, std::move(texts).error());
    return texts;
}

Parser::Part::~Part()
{
    for (auto i = first_; i < parser_.unknown_.size(); ++i)
        parser_.unknown_[i] += " inside " + where_;
}

Result<Branches> Parser::branches(std::string_view item)
{
    Branches out;
    out.item = item;
    const auto misplaced = [&](std::string_view what) {
        const auto from = std::min(at_, text_.size());
        return fail("curly-bracket problem in conditional yes/no parsing: " + std::string(what) +
                    "\n remaining string is '" + std::string(text_.substr(from)) + "'");
    };
    skip_space();
    if (take('}'))
        return out;
    if (!take('{'))
        return misplaced("'yes' part did not start with '{'");
    const auto known_before = unknown_.size();
    out.yes = TRY(inside_braces());
    take('}');
    skip_space();
    if (take('{')) {
        out.no = TRY(inside_braces());
        take('}');
    } else if (peek() != '}') {
        const auto word = name("_");
        if (word == "fail" && unknown_.size() > known_before) {
            out.no = std::make_unique<Sequence>(); // read before "fail", and found then
            out.no->add(std::make_unique<UnknownNode>(unknown_[known_before]));
        } else if (word == "fail")
            out.fails = true;
        else
            return fail("syntax error in \"" + std::string(item) + "\" item - \"fail\" expected");
    }
    skip_space();
    if (!take('}'))
        return misplaced("did not close with '}'");
    return out;
}

Result<std::unique_ptr<Sequence>> Parser::condition_text(std::string_view condition, Dollar how)
{
    skip_space();
    if (!take('{'))
        return fail("missing { after \"" + std::string(condition) + "\"");
    auto out = TRY(inside_braces(how));
    if (!take('}'))
        return fail("missing } at end of \"" + std::string(condition) + "\" condition");
    return out;
}

Result<TestPtr> Parser::condition()
{
    const Nesting nesting(*this);
    if (nesting.is_too_deep())
        return fail("too many conditions within conditions (expansion_nesting_max)");
    bool is_negated = false;
    skip_space();
    while (take('!')) {
        is_negated = !is_negated;
        skip_space();
    }
    std::string word;
    if (peek() == '=' || peek() == '<' || peek() == '>') {
        word = peek();
        ++at_;
        if (take('='))
            word += '=';
    } else {
        word = name("_");
    }
    const auto* found = language_.find_condition(word);
    if (!found)
        hint_ = nearest_of(language_.conditions(), word, "");
    if (!found)
        return word.empty() ? fail("condition name expected, but found \"" + std::string(rest().substr(0, 16)) + "\"")
                            : fail("unknown condition \"" + word + "\"");
    if (found->parse) {
        auto test = TRY(found->parse(*this, found->name));
        return is_negated ? TestPtr(std::make_unique<NotTest>(std::move(test))) : std::move(test);
    }
    std::vector<std::unique_ptr<Sequence>> texts;
    for (unsigned i = 0; i < found->strings; ++i) {
        skip_space();
        if (i > 0 && peek() != '{')
            return fail("missing 2nd string in {} after \"" + word + "\"");
        texts.push_back(TRY(condition_text(found->name)));
    }
    if (judge_)
        judge_->condition(*found, texts);
    auto test = TestPtr(std::make_unique<ConditionTest>(*found, std::move(texts)));
    return is_negated ? TestPtr(std::make_unique<NotTest>(std::move(test))) : std::move(test);
}

}
