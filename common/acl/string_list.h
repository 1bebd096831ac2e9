// Conditions whose argument is a list of plain strings with asterisks: encrypted, authenticated.
#pragma once

#include "common/acl/condition.h"

namespace gp::acl {

// "*", "*SHA", "name"; negation with !. Without regard to case.
bool in_string_list(std::string_view subject, std::string_view list);

class StringListTest : public Test {
public:
    explicit StringListTest(expand::Expression list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const final;

protected:
    virtual std::string_view subject(const Context& context) const = 0; // empty: false whatever the list

private:
    expand::Expression list_;
};

template <class T>
Result<std::unique_ptr<Test>> make_string_list_test(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Test>{std::make_unique<T>(TRY(language.parse(argument)))};
}

}
