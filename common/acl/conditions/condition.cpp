// condition = TEXT: expands to yes, no or a number (manual 44.25).

#include "common/acl/condition.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

class Words final : public Test {
public:
    explicit Words(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return passed_over();
        if (!words)
            return not_expanded(text_, words.error());
        const auto text = trim(words->text);
        const auto digits = text.starts_with('-') ? text.substr(1) : text;
        const bool number = !digits.empty() && std::ranges::all_of(digits, is_digit);
        if (number)
            return digits.find_first_not_of('0') == std::string_view::npos ? Truth::no : Truth::yes;
        if (text.empty() || same_nocase(text, "no") || same_nocase(text, "false"))
            return Truth::no;
        if (same_nocase(text, "yes") || same_nocase(text, "true"))
            return Truth::yes;
        context.texts.log = "invalid \"condition\" value \"" + escape(text) + "\"";
        return Truth::defer; // a warn statement is skipped then (manual 44.21, condition)
    }

private:
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "condition",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        return std::unique_ptr<Test>{std::make_unique<Words>(TRY(language.parse(argument)))};
    },
    .doc = "The text expands to yes, true or a number other than 0.",
}};

}
}
