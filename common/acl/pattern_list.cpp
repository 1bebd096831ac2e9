#include "common/acl/pattern_list.h"

#include "common/config/list.h"

namespace gp::acl {
namespace {

Result<std::vector<PatternList::Pattern>> compiled(std::string_view list)
{
    std::vector<PatternList::Pattern> out;
    for (auto& item : config::split_list(list))
        if (!item.empty()) {
            auto expression = TRY(lookup::Regex::compile(item));
            out.push_back({item, std::move(expression)});
        }
    return out;
}

// Of a condition before this one.
void forget_matches(Context& context)
{
    auto& facts = context.scene.facts;
    facts.erase("regex_match_string");
    for (std::size_t i = 1; i < expand::Captures::most && facts.find("regex" + std::to_string(i)); ++i)
        facts.erase("regex" + std::to_string(i));
}

}

Result<PatternList> PatternList::parse(const expand::Language& language, std::string_view argument)
{
    PatternList list;
    list.text_ = TRY(language.parse(argument));
    if (const auto* constant = list.text_.constant())
        list.constant_ = TRY(compiled(*constant));
    return list;
}

Result<std::optional<std::vector<PatternList::Pattern>>> PatternList::expanded(expand::Scene& scene) const
{
    auto words = text_.expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return passed_over();
    if (!words)
        return not_expanded(text_, words.error());
    return std::optional{TRY(compiled(words->text))};
}

Result<bool> matches_one(const std::vector<PatternList::Pattern>& patterns, std::string_view subject, Context& context)
{
    for (const auto& pattern : patterns) {
        std::vector<lookup::Regex::Span> groups;
        if (!TRY(pattern.regex.match(subject, groups)))
            continue;
        auto& facts = context.scene.facts;
        facts.set("regex_match_string", Text::clean(pattern.text));
        const auto texts = lookup::captured(subject, groups);
        for (std::size_t i = 1; i < texts.size(); ++i)
            facts.set("regex" + std::to_string(i), Text::from(texts[i], "$regex1"));
        return true;
    }
    return false;
}

Result<Truth> PatternTest::test(Context& context) const
{
    if (!context.contents)
        return misconfigured("there is no message to be searched here");
    forget_matches(context);
    std::optional<std::vector<PatternList::Pattern>> own;
    const auto* patterns = list_.constant();
    if (!patterns && (own = TRY(list_.expanded(context.scene))))
        patterns = &*own;
    return patterns && !patterns->empty() && TRY(found(*patterns, context)) ? Truth::yes : Truth::no;
}

}
