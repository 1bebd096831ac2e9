// acl = NAME ARGUMENTS: another ACL decides; accept is true, deny is false, drop ends everything.

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/lookup/quoted.h"

namespace gp::acl {
namespace {

// The name, then words parted by blanks; one with blanks of its own is quoted.
Text take_word(Text& rest)
{
    const std::string_view text = trim_left(rest.text);
    std::size_t end = 0;
    Text word = rest;
    word.text = lookup::read_word(text, end);
    rest.text = std::string(text.substr(std::min(end, text.size())));
    return word;
}

class Nested final : public Test {
public:
    explicit Nested(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words) // forced to fail or not
            return not_expanded(text_, words.error());
        const expand::AclArguments before = context.scene.acl;
        Text name = std::move(words).take();
        const bool in_line = name.text.find('\n') != std::string::npos;
        if (!in_line) {
            Text rest = std::move(name);
            name = take_word(rest);
            context.scene.acl = {};
            while (!trim(rest.text).empty() && context.scene.acl.count < context.scene.acl.values.size())
                context.scene.acl.values[context.scene.acl.count++] = take_word(rest);
        }
        const auto outcome = context.acls.run(name, context);
        context.scene.acl = before;
        if (outcome.is_broken)
            return misconfigured(outcome.log_text);
        context.texts = {.user = outcome.user_text, .log = outcome.log_text};
        context.scene.facts.erase(discarded_by_nested); // of deeper ones
        switch (outcome.verdict) {
        case Outcome::Verdict::accept: return Truth::yes;
        case Outcome::Verdict::discard:
            context.scene.facts.set(discarded_by_nested, Text::clean("yes"));
            return Truth::yes;
        case Outcome::Verdict::defer: return Truth::defer;
        default: return Truth::no;
        }
    }

private:
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "acl",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        return std::unique_ptr<Test>{std::make_unique<Nested>(TRY(language.parse(argument)))};
    },
    .doc = "The named ACL accepts.",
}};

}
}
