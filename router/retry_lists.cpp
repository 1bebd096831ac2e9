#include "router/retry_lists.h"

namespace gp::router {
namespace {

// A newline cannot be in a rule, so that the item's colons are its own.
std::string one_item(const std::string& pattern)
{
    return "<\n " + pattern;
}

// A host or a domain stands for all its addresses (manual 32.2).
std::string as_address(const std::string& subject)
{
    return subject.empty() || subject.find('@') != std::string::npos ? subject : "*@" + subject;
}

}

RetryLists::RetryLists(const expand::Language& language, const std::vector<conf::RetryRule>& rules)
{
    for (const auto& rule : rules) {
        if (auto list = expand::ListText::parse(language, match::Kind::address, one_item(rule.pattern)))
            patterns_.emplace(rule.pattern, std::move(*list));
        if (rule.senders.empty())
            continue;
        if (auto list = expand::ListText::parse(language, match::Kind::address, rule.senders))
            senders_.emplace(rule.senders, std::move(*list));
    }
}

char RetryLists::match(const Table& table, expand::Scene& scene, const std::string& list, const std::string& address, std::string& why)
{
    const auto at = table.find(list);
    const auto matched = at == table.end() ? Result<match::Match>(temporary("the configuration has no such list any more"))
                                           : at->second.address(scene, address);
    if (matched)
        return *matched ? is_in_list : is_not_in_list;
    if (why.empty())
        why = "\"" + list + "\": " + matched.error().text;
    return cannot_tell;
}

MatchedRetryLists RetryLists::answer(expand::Scene& scene, const MatchRetryLists& question) const
{
    MatchedRetryLists reply;
    for (const auto& subject : question.subjects)
        for (const auto& pattern : question.patterns)
            reply.patterns += match(patterns_, scene, pattern, as_address(subject), reply.why);
    for (const auto& list : question.senders)
        reply.senders += match(senders_, scene, list, question.sender, reply.why);
    return reply;
}

}
