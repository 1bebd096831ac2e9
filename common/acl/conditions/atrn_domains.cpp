// atrn_domains = LIST: the domains whose queued mail an authenticated client may have by ATRN (RFC 2645).

#include "common/acl/atrn_domains.h"
#include "common/acl/condition.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"

namespace gp::acl {
namespace {

// A name and no pattern, look-up or other list.
bool is_plain(std::string_view item)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._";
    return !item.empty() && lower(item).find_first_not_of(allowed) == std::string::npos;
}

class AtrnDomains final : public Test {
public:
    AtrnDomains(expand::ListText list, expand::Expression text) : list_(std::move(list)), text_(std::move(text)) {}

    // The client's words are what the command is about; it may have none, and means all then.
    Result<Truth> test(Context& context) const override
    {
        const auto named = split(context.recipient, ',');
        std::vector<std::string> wanted;
        for (const auto domain : named)
            if (!trim(domain).empty())
                wanted.push_back(lower(trim(domain)));
        if (wanted.empty())
            return all(context);
        for (const auto& domain : wanted) {
            const auto match = list_.domain(context.scene, domain);
            if (!match) {
                context.texts.log = match.error().text;
                return Truth::defer;
            }
            if (!*match)
                return Truth::no;
        }
        return settle(context, wanted);
    }

private:
    Result<Truth> all(Context& context) const
    {
        const auto words = text_.expand(context.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return Truth::no;
        if (!words)
            return not_expanded(text_, words.error());
        std::vector<std::string> plain;
        for (const auto& item : config::split_list(words->text))
            if (is_plain(item))
                plain.push_back(lower(item));
        return plain.empty() ? Result<Truth>{Truth::no} : settle(context, plain);
    }

    static Truth settle(Context& context, const std::vector<std::string>& domains)
    {
        auto& switches = context.state.switches;
        std::erase_if(switches, [](std::string_view word) { return word.starts_with(atrn_domains_are); });
        switches.push_back(std::string(atrn_domains_are) + join(domains, ","));
        return Truth::yes;
    }

    expand::ListText list_;
    expand::Expression text_;
};

Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Test>{std::make_unique<AtrnDomains>(TRY(expand::ListText::parse(language, match::Kind::domain, argument)),
                                                               TRY(language.parse(argument)))};
}

const RegisterCondition self{{
    .name = "atrn_domains",
    .allowed_at = where_atrn,
    .make = make,
    .doc = "The domains that the client named with ATRN are all in the list, and it gets their mail. One that named none gets "
           "the mail of those that the list has by name; of patterns, look-ups and named lists it gets none then. A statement that does "
           "not hold for another reason says nothing of domains.",
}};

}
}
