// The string expansion language (manual chapter 11).
//
//     const auto language = expand::Language::linked();              // in main, once
//     const auto text = TRY(language.parse("${lc:$local_part}"));    // when the configuration is read
//     const Text words = TRY(text.expand(scene));                    // whenever it is needed
//
// A text is parsed once into a tree; words that do not exist, wrong numbers of arguments and misplaced
// braces are errors then. Expanding evaluates the tree against a Scene: only the branches that are taken,
// nothing outside of the scene's World. An error with Cause::forced_fail is a forced failure ("fail"), which
// many options treat as "unset"; Blame::temporary is a defer, everything else is the configuration's fault.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"
#include "common/expand/condition.h"
#include "common/expand/item.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/expand/variable.h"

namespace gp::expand {

class Sequence; // tree.h

// A text that was parsed. Copies share the tree.
class Expression {
public:
    Expression() = default; // expands to nothing
    explicit Expression(std::string source, std::shared_ptr<const Sequence> tree);
    // A text that is meant as it stands.
    static Expression literal(std::string words);

    Result<Text> expand(Scene& scene) const;

    const std::string& source() const { return source_; }
    bool empty() const { return source_.empty(); }
    // What it expands to, when that is the same in every scene; else null.
    const std::string* constant() const;

private:
    std::string source_;
    std::shared_ptr<const Sequence> tree_;
};

// What was wrong with a text: Exim's words, where, and what may have been meant.
struct Fault {
    std::string text;
    std::size_t offset = 0; // into the text
    std::string hint;       // "did you mean $local_part?"; may be empty
};

class Language {
public:
    // `lookups` are the types whose names are checked when a text is parsed; without any, when it is used.
    Language(Registry<Operator> operators, Registry<Item> items, Registry<Condition> conditions,
             Registry<Variable> variables, Registry<lookup::Driver> lookups = {});
    static Language linked(); // of everything that the program was linked with; for main()

    // Parses a text of the configuration. The error is Blame::configuration; `fault`, when given, has more.
    Result<Expression> parse(std::string_view text, Fault* fault = nullptr, const Limits& limits = {}) const;

    // The same for a text that is known only while expanding; nothing is prepared for later.
    Result<Expression> parse_now(std::string_view text, const Limits& limits) const;

    const Operator* find_operator(std::string_view name) const { return operators_.find(name); }
    const Item* find_item(std::string_view name) const { return items_.find(name); }
    const Condition* find_condition(std::string_view name) const { return conditions_.find(name); }
    // The variable of that name, or the family that it belongs to ($acl_m_…, $auth1).
    const Variable* find_variable(std::string_view name) const;
    std::string nearest_variable(std::string_view name) const; // for did-you-mean; empty if none is near

    const Registry<Operator>& operators() const { return operators_; }
    const Registry<Item>& items() const { return items_; }
    const Registry<Condition>& conditions() const { return conditions_; }
    const Registry<Variable>& variables() const { return variables_; }
    const Registry<lookup::Driver>& lookups() const { return lookups_; }

private:
    Registry<Operator> operators_;
    Registry<Item> items_;
    Registry<Condition> conditions_;
    Registry<Variable> variables_;
    Registry<lookup::Driver> lookups_;
    std::vector<const Variable*> families_;
};

// Parses and expands a text that is known only now: looked-up data, "${expand:…}". A tainted text is refused.
Result<Text> expand(Scene& scene, const Text& source);

// The meaning of a `condition` option (manual 15): "", "no", "false" and "0" are no, everything else is yes.
bool is_true(std::string_view words);

}
