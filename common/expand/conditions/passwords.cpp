// pam {user:password…}, radius {…}, ldapauth {query}, saslauthd {{user}{password}{service}{realm}}: asked of
// the scene's PasswordChecks, for no process that expands texts holds the rights to check passwords itself.

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/condition.h"
#include "common/expand/parser.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<bool> ask(Scene& scene, std::string_view method, const std::vector<std::string>& arguments)
{
    if (!scene.world.effects.passwords)
        return misconfigured("support for \"" + std::string(method) + "\" not compiled");
    return scene.world.effects.passwords->check(method, arguments);
}

Result<bool> one_text(const ConditionCall& call)
{
    if (call.name == "pam")
        return ask(call.scene, call.name, config::split_list(call.arguments[0].text));
    return ask(call.scene, call.name, {call.arguments[0].text});
}

class SaslAuthd final : public Test {
public:
    explicit SaslAuthd(std::vector<std::unique_ptr<Sequence>> texts) : texts_(std::move(texts)) {}
    Result<bool> holds(Scene& scene) const override
    {
        std::vector<std::string> arguments;
        for (const auto& text : texts_)
            arguments.push_back(TRY(text->text(scene)).text);
        return ask(scene, "saslauthd", arguments);
    }

private:
    std::vector<std::unique_ptr<Sequence>> texts_;
};

Result<TestPtr> parse_saslauthd(Parser& parser, std::string_view word)
{
    return TestPtr(std::make_unique<SaslAuthd>(TRY(parser.condition_arguments(word, 2, 4))));
}

const RegisterCondition conditions[] = {
    RegisterCondition{{.name = "pam", .strings = 1, .test = one_text, .doc = "PAM accepts user and password."}},
    RegisterCondition{{.name = "pwcheck", .strings = 1, .test = one_text, .doc = "Cyrus's pwcheck accepts them."}},
    RegisterCondition{{.name = "radius", .strings = 1, .test = one_text, .doc = "A Radius server accepts them."}},
    RegisterCondition{{.name = "ldapauth", .strings = 1, .test = one_text, .doc = "An LDAP server accepts them."}},
    RegisterCondition{{.name = "saslauthd", .parse = parse_saslauthd, .doc = "Cyrus's saslauthd accepts them."}},
};

}
}
