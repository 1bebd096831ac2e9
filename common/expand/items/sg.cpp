// ${sg{text}{regular expression}{replacement}}: Perl's s///g. $0, $1 … in the replacement are expanded for
// each match.

#include "common/expand/detail/branching.h"
#include "common/expand/detail/judge.h"
#include "common/expand/detail/regex_cache.h"
#include "common/expand/expand.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Substitute final : public Node {
public:
    Substitute(std::vector<std::unique_ptr<Sequence>> texts, bool translates) : texts_(std::move(texts))
    {
        if (translates)
            regex_.prepare(*texts_[1], lookup::Regex::none);
    }

    Status evaluate(Scene& scene, Text& out) const override
    {
        Text subject, pattern, replacement;
        TRY(texts_[0]->evaluate(scene, subject));
        TRY(texts_[1]->evaluate(scene, pattern));
        TRY(texts_[2]->evaluate(scene, replacement));
        const auto regex = TRY(regex_.get(pattern.text, lookup::Regex::none));
        if (replacement.tainted())
            return expand(scene, replacement).error();
        const Saved captures(scene.captures);
        if (replacement.text.find_first_of("$\\") == std::string::npos)
            return substitute(scene, subject, regex, nullptr, replacement, out);
        const auto insert = TRY(scene.world.language.parse_now(replacement.text, scene.world.limits));
        return substitute(scene, subject, regex, &insert, replacement, out);
    }

private:
    // `insert` is null when the replacement is the same words for each match.
    static Status substitute(Scene& scene, const Text& subject, const lookup::Regex& regex, const Expression* insert,
                             const Text& words, Text& out)
    {
        const std::string_view text = subject.text;
        std::vector<lookup::Regex::Span> groups;
        std::size_t copied = 0, start = 0;
        bool after_empty = false;
        const auto copy = [&](std::size_t to) {
            out.append(text.substr(copied, to - copied));
            if (to > copied)
                out.mark(subject);
            copied = to;
        };
        while (start <= text.size()) {
            // After an empty match, one that is not empty is looked for at the same place, then one step on.
            if (!TRY(regex.match(text, groups, start, after_empty))) {
                if (!after_empty)
                    break;
                after_empty = false;
                ++start;
                continue;
            }
            copy(groups[0].from);
            if (insert) {
                set_captures(scene, subject, groups);
                out.append(TRY(insert->expand(scene)));
            } else {
                out.append(words);
            }
            copied = start = groups[0].to;
            after_empty = groups[0].from == groups[0].to;
            if (out.text.size() > scene.world.limits.expansion_size_max)
                return misconfigured("expansion is too long (expansion_size_max)", Cause::too_big);
        }
        copy(text.size());
        return {};
    }

    std::vector<std::unique_ptr<Sequence>> texts_;
    RegexCache regex_;
};

Result<NodePtr> parse(Parser& parser)
{
    auto texts = TRY(parser.arguments("sg", 3, 3, true));
    if (auto* judge = parser.judge())
        judge->pattern(*texts[1]);
    return NodePtr(std::make_unique<Substitute>(std::move(texts), parser.translates()));
}

const RegisterItem self{{
    .name = "sg",
    .parse = parse,
    .doc = "Replaces what a regular expression matches, everywhere.",
}};

}
}
