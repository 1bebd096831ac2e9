#include "qmgr/address_pattern.h"

#include "common/base/text.h"
#include "common/config/plain_pattern.h"

namespace gp::qmgr {
namespace {

Error needs_language(std::string_view text, std::string_view what)
{
    return misconfigured("pattern \"" + std::string(text) + "\": " + std::string(what) +
                         " cannot be used in a retry rule; name the domain or address, or write a regular "
                         "expression");
}

// "*rest" matches what ends in rest; anything else must be equal. Case is not looked at.
bool wild_match(std::string_view pattern, std::string_view subject)
{
    if (pattern.starts_with('*'))
        return ends_nocase(subject, pattern.substr(1));
    return same_nocase(pattern, subject);
}

// The text of a regular expression as the expander would leave it: \N…\N protects, "\\" is one backslash.
Result<std::string> unprotected(std::string_view text)
{
    std::string out;
    bool is_protected = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == 'N') {
            is_protected = !is_protected;
            ++i;
        } else if (!is_protected && text[i] == '\\' && i + 1 < text.size()) {
            out.push_back(text[++i]);
        } else if (!is_protected && text[i] == '$') {
            return needs_language(text, "an expansion (write \\N before and after the expression)");
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

std::string_view domain_of(std::string_view subject)
{
    const auto at = subject.rfind('@');
    return at == std::string_view::npos ? subject : subject.substr(at + 1);
}

}

Result<AddressPattern> AddressPattern::parse(std::string_view text, const RegexMatcher& regex)
{
    AddressPattern made;
    made.text_ = text;
    text = trim(text);
    while (text.starts_with('!')) {
        made.negated_ = !made.negated_;
        text = trim_left(text.substr(1));
    }
    if (text.empty())
        return misconfigured("empty pattern");
    if (text.starts_with('^')) {
        if (!regex)
            return needs_language(text, "a regular expression");
        made.is_regex_ = true;
        made.regex_ = regex;
        made.domain_ = TRY(unprotected(text));
        return made;
    }
    if (const auto what = config::language_needed(text); !what.empty())
        return needs_language(text, what);
    const auto at = text.rfind('@');
    made.has_local_part_ = at != std::string_view::npos;
    if (made.has_local_part_)
        made.local_part_ = text.substr(0, at);
    made.domain_ = domain_of(text);
    return made;
}

bool AddressPattern::matches_plain(std::string_view subject) const
{
    const auto at = subject.rfind('@');
    const bool is_address = at != std::string_view::npos;
    if (is_regex_)
        return regex_(domain_, is_address ? std::string(subject) : "*@" + std::string(subject));
    if (!wild_match(domain_, domain_of(subject)))
        return false;
    if (!has_local_part_ || local_part_ == "*")
        return true;
    return is_address && wild_match(local_part_, subject.substr(0, at));
}

bool AddressPattern::matches(std::string_view subject) const
{
    return matches_plain(subject) != negated_;
}

Result<AddressPatternList> AddressPatternList::parse(std::string_view text, const RegexMatcher& regex)
{
    AddressPatternList list;
    for (auto item : split(text, ':')) {
        item = trim(item);
        if (item.empty() || item == "!") {
            list.items_.push_back({.null_sender = true, .pattern = {}, .negated = item == "!"});
            continue;
        }
        Item made;
        made.negated = item.starts_with('!');
        made.pattern = TRY(AddressPattern::parse(made.negated ? item.substr(1) : item, regex));
        list.items_.push_back(std::move(made));
    }
    // "a :" is a list of one item: the empty one after the last colon does not count, unless it stands alone.
    if (list.items_.size() > 1 && list.items_.back().null_sender)
        list.items_.pop_back();
    return list;
}

bool AddressPatternList::matches(std::string_view address) const
{
    for (const auto& item : items_) {
        const bool hit =
            item.null_sender ? address.empty() : !address.empty() && item.pattern.matches(address);
        if (hit)
            return !item.negated;
    }
    return !items_.empty() && items_.back().negated; // as in Exim: a list that ends in !item matches the rest
}

}
