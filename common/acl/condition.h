// The conditions of ACLs: one file each in conditions/, which registers itself.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/acl/context.h"
#include "common/base/registry.h"
#include "common/expand/expand.h"
#include "common/expand/lists.h"

namespace gp::acl {

// Why the text of a condition or modifier could not be expanded, in Exim's words.
Error not_expanded(const expand::Expression& text, const Error& why);

// What a test answers whose argument is forced to fail: the condition is passed over, as if it were not there, negated or
// not. Lists of hosts, domains, addresses and local parts do not: such a one matches nothing.
Error passed_over();
bool is_passed_over(const Error& error);

// A condition with its argument, as one statement uses it.
class Test {
public:
    virtual ~Test() = default;
    // An error ends the ACL: the configuration is wrong. What cannot be told now is Truth::defer.
    virtual Result<Truth> test(Context& context) const = 0;
};

struct Condition {
    std::string_view name;
    std::uint32_t allowed_at = where_all;
    // Parses the argument once; the error reads well after "condition NAME: ".
    Result<std::unique_ptr<Test>> (*make)(const expand::Language& language, std::string_view argument) = nullptr;
    std::string_view doc;
};
using RegisterCondition = Registry<Condition>::Entry;

// A test whose argument is expanded for each use; one that is constant is checked when it is read.
template <class Tested, auto parse>
Result<std::unique_ptr<Test>> make_expanded(const expand::Language& language, std::string_view argument)
{
    auto text = TRY(language.parse(argument));
    if (const auto* constant = text.constant())
        TRY(parse(*constant));
    return std::unique_ptr<Test>{std::make_unique<Tested>(std::move(text))};
}

}
