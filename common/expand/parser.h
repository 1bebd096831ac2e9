// Text to tree. Used by Language::parse and by the items and conditions with a grammar of their own, which
// read their part through the functions below. Errors are Exim's texts; where they happened is kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/expand/depth.h"
#include "common/expand/tree.h"

namespace gp::expand {

class Judge;
class Language;

class Parser {
public:
    // `translates`: regular expressions are made machine code, which a jail may forbid later.
    Parser(const Language& language, std::string_view text, const Limits& limits, bool translates);

    // Notes what cannot be right in constants; it outlives the parser.
    void ask(Judge& judge) { judge_ = &judge; }
    Judge* judge() const { return judge_; } // null: nobody wants to know

    // The whole text.
    Result<std::shared_ptr<const Sequence>> parse();

    // --- for items and conditions ---
    const Language& language() const { return language_; }
    bool at_end() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void skip(std::size_t count = 1) { at_ += count; }
    void skip_space();
    bool take(char c); // skips it if it is next
    std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }
    // Letters, digits and `extra`. Longer ones than 255 are cut, as Exim does.
    std::string name(std::string_view extra);
    std::string digits();

    // What stands between braces; the opening one has been read, the closing one is left.
    enum class Dollar { expanded, literal };
    Result<std::unique_ptr<Sequence>> inside_braces(Dollar dollar = Dollar::expanded);
    // {…}{…} and, if asked, the closing brace of the item.
    Result<std::vector<std::unique_ptr<Sequence>>> arguments(std::string_view name, unsigned least,
                                                             unsigned most, bool with_end);
    // {{…}{…}} of a condition: the outer braces too. Errors are Exim's.
    Result<std::vector<std::unique_ptr<Sequence>>> condition_arguments(std::string_view name, unsigned least, unsigned most);
    // What Exim says of a condition's braces, except of too many of them.
    Error bracketing_error(std::string_view condition, Error error);
    // {yes}{no} with the closing brace of the item.
    Result<Branches> branches(std::string_view item);
    // A condition, from its name on.
    Result<TestPtr> condition();
    // "{…}" of a condition, with Exim's errors about its braces.
    Result<std::unique_ptr<Sequence>> condition_text(std::string_view condition, Dollar dollar = Dollar::expanded);
    // A header name after "h_": up to a colon (which is taken) or what cannot be in one.
    std::string header_name();

    Error fail(std::string text);
    // With a hint at the nearest name, and Exim's remark about names of ACL variables.
    Error unknown_variable(std::string text, std::string_view name);
    // "missing or misplaced { or }", with a word about header names when one looks like the reason.
    Error curly();
    void hint(std::string text) { hint_ = std::move(text); }
    const std::string& hint() const { return hint_; }
    std::size_t fault_offset() const { return fault_; }
    void suspect_header(std::string_view header_name);
    bool translates() const { return translates_; }
    bool suspects_header() const { return header_is_suspect_; }
    // A text that is expanded for each item of a list (map, filter …): Exim words some errors otherwise there.
    class RepeatedText {
    public:
        explicit RepeatedText(Parser& of) : parser_(of) { ++parser_.repeated_; }
        ~RepeatedText() { --parser_.repeated_; }
        RepeatedText(const RepeatedText&) = delete;
        RepeatedText& operator=(const RepeatedText&) = delete;

    private:
        Parser& parser_;
    };
    // While a part of an item is read: what is found out to be unknown in it carries `where` behind it, as other
    // errors of the part do.
    class Part {
    public:
        Part(Parser& of, std::string where) : parser_(of), first_(of.unknown_.size()), where_(std::move(where)) {}
        ~Part();
        Part(const Part&) = delete;
        Part& operator=(const Part&) = delete;

    private:
        Parser& parser_;
        std::size_t first_;
        std::string where_;
    };
    // What was read since `count` of them is taken apart otherwise, and later.
    std::size_t unknown_count() const { return unknown_.size(); }
    void forget_unknown(std::size_t count) { unknown_.resize(count); }
    // What was read since a place in the text.
    std::size_t place() const { return at_; }
    std::string_view since(std::size_t place) const { return text_.substr(place, at_ - place); }
    bool in_repeated_text() const { return repeated_ > 0; }

private:
    friend struct Nesting;
    Result<std::unique_ptr<Sequence>> sequence(bool until_brace, Dollar dollar);
    Status backslash(Sequence& into);
    Status dollar(Sequence& into);
    Status plain_name(Sequence& into);
    Status in_braces(Sequence& into);
    Status operation(Sequence& into, const std::string& name);
    Result<NodePtr> variable(const std::string& name, bool has_braces);

    const Language& language_;
    std::string_view text_;
    Limits limits_;
    bool translates_;
    Judge* judge_ = nullptr;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    const char* stack_base_ = nullptr; // where the outermost level stands
    std::size_t fault_ = 0;
    std::string hint_;
    bool header_is_suspect_ = false;
    unsigned repeated_ = 0;
    std::vector<std::string> unknown_; // variables that nobody knows, where they fail late: what is to be said of them
};

}
