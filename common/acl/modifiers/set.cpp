// set acl_c… = VALUE, set acl_m… = VALUE (manual 44.19).

#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

constexpr std::size_t most_variables = 1000;
constexpr std::size_t most_octets = 256 * 1024; // of one value

bool is_variable_name(std::string_view name)
{
    const bool known = name.starts_with("acl_c") || name.starts_with("acl_m");
    if (!known || name.size() < 6 || !(is_digit(name[5]) || name[5] == '_'))
        return false;
    return std::ranges::all_of(name.substr(5), [](char c) { return is_alnum(c) || c == '_'; });
}

class Set final : public TextAction {
public:
    Set(std::string name, expand::Expression value) : TextAction(std::move(value)), name_(std::move(name)) {}

private:
    Status with(Context& context, const Text& text) const override
    {
        auto& variables = context.state.variables;
        if (text.text.size() > most_octets)
            return misconfigured("the value of $acl_" + name_ + " is too long");
        const auto at = std::ranges::find(variables, name_, &mail::Variable::name);
        if (at != variables.end()) {
            at->value = text.text;
            at->tainted = text.tainted();
            return {};
        }
        if (variables.size() >= most_variables)
            return misconfigured("too many ACL variables");
        variables.push_back({name_, text.text, text.tainted()});
        return {};
    }

    const std::string name_; // "c0", "m_spam"
};

// $dkim_verify_status and $dkim_verify_reason: what an ACL for DKIM says of a signature counts (manual 58.3).
class SetVerdict final : public TextAction {
public:
    SetVerdict(std::string name, expand::Expression value) : TextAction(std::move(value)), name_(std::move(name)) {}

private:
    Status with(Context& context, const Text& text) const override
    {
        if (context.where != where_dkim)
            return misconfigured("$" + name_ + " can be set in the ACL acl_smtp_dkim only");
        context.scene.facts.set(name_, text);
        return {};
    }

    const std::string name_;
};

const RegisterModifier self{{
    .name = "set",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Action>> {
        const auto equals = argument.find('=');
        const auto name = trim(argument.substr(0, equals));
        if (name == "dkim_verify_status" || name == "dkim_verify_reason")
            return std::unique_ptr<Action>{
                std::make_unique<SetVerdict>(std::string(name), TRY(language.parse(trim(argument.substr(equals + 1)))))};
        if (!is_variable_name(name))
            return misconfigured("invalid variable name \"" + escape(name) + "\": it must begin with acl_c or acl_m, then a digit or _");
        auto value = TRY(language.parse(trim(argument.substr(equals + 1))));
        return std::unique_ptr<Action>{std::make_unique<Set>(std::string(name.substr(4)), std::move(value))};
    },
    .doc = "Gives a connection or message variable a value.",
}};

}
}
