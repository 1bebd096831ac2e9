#include "common/expand/detail/regex_cache.h"

namespace gp::expand {

void RegexCache::prepare(const Sequence& pattern, unsigned flags)
{
    const auto* constant = pattern.constant();
    if (!constant)
        return;
    auto regex = lookup::Regex::compile(*constant, flags);
    if (!regex)
        return;
    regex->speed_up();
    pattern_ = *constant;
    regex_ = std::move(*regex);
}

Result<lookup::Regex> RegexCache::get(std::string_view pattern, unsigned flags) const
{
    if (!regex_ || pattern_ != pattern) {
        regex_ = TRY(lookup::Regex::compile(pattern, flags));
        pattern_ = pattern;
    }
    return regex_;
}

void set_captures(Scene& scene, const Text& subject, const std::vector<lookup::Regex::Span>& groups)
{
    scene.captures.values.clear();
    for (const auto& words : lookup::captured(subject.text, groups)) {
        if (scene.captures.values.size() > Captures::most)
            break;
        Text value = Text::clean(words);
        value.mark(subject);
        scene.captures.values.push_back(std::move(value));
    }
}

}
