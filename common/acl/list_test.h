// Conditions that are a list: hosts, domains, senders … share how the list is kept and asked.
#pragma once

#include "common/acl/condition.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::acl {

class ListTest : public Test {
public:
    explicit ListTest(expand::ListText list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const final
    {
        auto match = ask(list_, context);
        if (!match) { // a list that is wrong cannot be told either (manual 10.3)
            const bool was_expanded = list_.source().find('$') != std::string::npos;
            if (was_expanded)
                context.texts.log = match.error().text;
            else if (match.error().blame != Blame::temporary)
                log::main(escape(match.error().text, true));
            return Truth::defer;
        }
        if (!*match)
            return Truth::no;
        expand::remember_captures(context.scene, *match);
        matched(*match, context);
        return Truth::yes;
    }

protected:
    virtual Result<match::Match> ask(const expand::ListText& list, Context& context) const = 0;
    virtual void matched(const match::Match&, Context&) const {}

private:
    expand::ListText list_;
};

// The `make` of a condition whose argument is a list of this kind.
template <class T, match::Kind kind>
Result<std::unique_ptr<Test>> make_list_test(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Test>{std::make_unique<T>(TRY(expand::ListText::parse(language, kind, argument)))};
}

}
