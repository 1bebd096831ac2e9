#include "common/expand/expand.h"

#include "common/base/text.h"
#include "common/expand/parser.h"
#include "common/expand/tree.h"
#include "common/log/log.h"

namespace gp::expand {

Expression::Expression(std::string source, std::shared_ptr<const Sequence> tree)
    : source_(std::move(source)), tree_(std::move(tree))
{
}

Expression Expression::literal(std::string words)
{
    auto tree = std::make_shared<Sequence>();
    tree->add(words);
    return Expression(std::move(words), std::move(tree));
}

namespace {

void tell(const std::string& source, const Result<Text>& made)
{
    log::debug("expand", "expanding: " + escape(source, true));
    log::debug("expand", made ? "   result: " + escape(made->text, true) + (made->tainted() ? " (tainted by " + std::string(made->taint) + ")" : "")
                              : "   failed: " + escape(made.error().text, true));
}

}

Result<Text> Expression::expand(Scene& scene) const
{
    if (!tree_)
        return Text{};
    auto made = tree_->text(scene);
    if (log::debugging("expand"))
        tell(source_, made);
    return made;
}

const std::string* Expression::constant() const
{
    static const std::string nothing;
    return tree_ ? tree_->constant() : &nothing;
}

Language::Language(Registry<Operator> operators, Registry<Item> items, Registry<Condition> conditions,
                   Registry<Variable> variables, Registry<lookup::Driver> lookups)
    : operators_(std::move(operators)), items_(std::move(items)), conditions_(std::move(conditions)),
      variables_(std::move(variables)), lookups_(std::move(lookups))
{
    for (const auto& variable : variables_.all())
        if (variable.is_family)
            families_.push_back(&variable);
}

Language Language::linked()
{
    return Language(Registry<Operator>::linked(), Registry<Item>::linked(), Registry<Condition>::linked(),
                    Registry<Variable>::linked(), Registry<lookup::Driver>::linked());
}

Result<Expression> Language::parse(std::string_view text, Fault* fault, const Limits& limits) const
{
    Parser parser(*this, text, limits, true);
    auto tree = parser.parse();
    if (!tree && fault)
        *fault = {tree.error().text, parser.fault_offset(), parser.hint()};
    return Expression(std::string(text), TRY(std::move(tree)));
}

Result<Expression> Language::parse_now(std::string_view text, const Limits& limits) const
{
    if (text.find_first_of("$\\") == std::string_view::npos)
        return Expression::literal(std::string(text));
    return Expression(std::string(text), TRY(Parser(*this, text, limits, false).parse()));
}

const Variable* Language::find_variable(std::string_view name) const
{
    const auto* found = variables_.find(name);
    if (found && !found->is_family)
        return found;
    for (const auto* family : families_)
        if (name.starts_with(family->name) && family->has_member(name))
            return family;
    return nullptr;
}

std::string Language::nearest_variable(std::string_view name) const
{
    std::vector<std::string_view> names;
    for (const auto& variable : variables_.all())
        if (!variable.is_family)
            names.push_back(variable.name);
    return std::string(nearest(name, names));
}

Result<Text> expand(Scene& scene, const Text& source)
{
    if (source.tainted() && !source.empty())
        return misconfigured("attempt to expand tainted string '" + escape(source.text, true) + "'");
    if (source.text.find_first_of("$\\") == std::string::npos)
        return source;
    return TRY(scene.world.language.parse_now(source.text, scene.world.limits)).expand(scene);
}

bool is_true(std::string_view words)
{
    words = trim(words);
    return !words.empty() && words != "0" && !same_nocase(words, "no") && !same_nocase(words, "false");
}

}
