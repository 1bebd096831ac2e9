// What the language itself leaves behind: $value, $item, $runrc, $acl_arg1, $acl_m_…, $r_…, $n0 …

#include "common/base/text.h"
#include "common/expand/detail/values.h"

namespace gp::expand {
namespace {

// $acl_c0 to $acl_c_anything: a digit or an underscore in the sixth place (manual 11.9).
bool is_acl_name(std::string_view name)
{
    return name.size() > 5 && (is_digit(name[5]) || name[5] == '_');
}

Got undefined(const Scene& scene, std::string_view name)
{
    if (scene.site().strict_acl_vars)
        return misconfigured("unknown variable name \"" + std::string(name) + "\" (strict_acl_vars is set)");
    return Text{};
}

Got acl_variable(Scene& scene, std::string_view name)
{
    if (scene.acl_variables)
        for (const auto& variable : *scene.acl_variables)
            if (variable.name == name.substr(4))
                return variable.tainted ? Text::from(variable.value, name[4] == 'c' ? "$acl_c..." : "$acl_m...")
                                        : Text::clean(variable.value);
    return undefined(scene, name);
}

Got item(Scene& scene, std::string_view)
{
    const auto* fact = scene.item.empty() ? scene.find_fact("item") : nullptr;
    return fact ? *fact : scene.item;
}

// $r_… are set by routers, as facts.
Got router_variable(Scene& scene, std::string_view name)
{
    return undefined(scene, name);
}

Got acl_argument(Scene& scene, std::string_view name)
{
    return scene.acl.values[static_cast<std::size_t>(name.back() - '1')];
}

// $n0 to $n9, $sn0 to $sn9 belong to filters; elsewhere Exim does not know them.
Got filter_number(Scene&, std::string_view name)
{
    return misconfigured("unknown variable name \"" + std::string(name) + "\"");
}

bool is_number_behind(std::string_view name, std::string_view word)
{
    if (name.size() <= word.size())
        return false;
    for (const char c : name.substr(word.size()))
        if (!is_digit(c))
            return false;
    return true;
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "value", .get = [](Scene& scene, std::string_view) -> Got { return scene.value; }, .doc = "What a look-up, an extraction or a command gave."}},
    RegisterVariable{{.name = "item", .get = item, .doc = "The item of a list in hand; in host_name_extract, the answer to EHLO."}},
    RegisterVariable{{.name = "runrc", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{scene.kept->runrc}); }, .doc = "How the last ${run ended."}},
    RegisterVariable{{.name = "prvscheck_address", .get = [](Scene& scene, std::string_view) { return tainted(scene.kept->prvscheck_address, "$prvscheck_address"); }, .doc = "The address that was signed."}},
    RegisterVariable{{.name = "prvscheck_keynum", .get = [](Scene& scene, std::string_view) { return tainted(scene.kept->prvscheck_keynum, "$prvscheck_keynum"); }, .doc = "The number of its key."}},
    RegisterVariable{{.name = "prvscheck_result", .get = [](Scene& scene, std::string_view) { return clean(scene.kept->prvscheck_result); }, .doc = "1: the signature is good."}},
    RegisterVariable{{.name = "srs_recipient", .get = [](Scene& scene, std::string_view) { return tainted(scene.kept->srs_recipient, "$srs_recipient"); }, .doc = "The address that SRS had rewritten."}},
    RegisterVariable{{.name = "lookup_dnssec_authenticated", .get = [](Scene& scene, std::string_view) { return clean(scene.kept->lookup_dnssec_authenticated); }, .doc = "yes: DNSSEC vouches for the last answer."}},
    RegisterVariable{{.name = "ldap_dn", .get = [](Scene& scene, std::string_view) { return clean(scene.kept->ldap_dn); }, .doc = "The DN of the last LDAP entry."}},
    RegisterVariable{{.name = "acl_narg", .get = [](Scene& scene, std::string_view) { return clean(static_cast<std::int64_t>(scene.acl.count)); }, .doc = "How many arguments the ACL has."}},
    RegisterVariable{{.name = "acl_arg1", .get = acl_argument, .doc = "Its first argument."}},
    RegisterVariable{{.name = "acl_arg2", .get = acl_argument, .doc = "Its second argument."}},
    RegisterVariable{{.name = "acl_arg3", .get = acl_argument, .doc = "Its third argument."}},
    RegisterVariable{{.name = "acl_arg4", .get = acl_argument, .doc = "Its fourth argument."}},
    RegisterVariable{{.name = "acl_arg5", .get = acl_argument, .doc = "Its fifth argument."}},
    RegisterVariable{{.name = "acl_arg6", .get = acl_argument, .doc = "Its sixth argument."}},
    RegisterVariable{{.name = "acl_arg7", .get = acl_argument, .doc = "Its seventh argument."}},
    RegisterVariable{{.name = "acl_arg8", .get = acl_argument, .doc = "Its eighth argument."}},
    RegisterVariable{{.name = "acl_arg9", .get = acl_argument, .doc = "Its ninth argument."}},
    RegisterVariable{{.name = "acl_c", .get = acl_variable, .is_family = true, .has_member = is_acl_name, .doc = "Set by an ACL, for the connection."}},
    RegisterVariable{{.name = "acl_m", .get = acl_variable, .is_family = true, .has_member = is_acl_name, .doc = "Set by an ACL, for the message."}},
    RegisterVariable{{.name = "r_", .get = router_variable, .is_family = true, .has_member = [](std::string_view) { return true; }, .doc = "Set by a router."}},
    RegisterVariable{{.name = "n", .get = filter_number, .is_family = true, .has_member = [](std::string_view name) { return name.size() == 2 && is_digit(name[1]); }, .doc = "A filter's counters."}},
    RegisterVariable{{.name = "sn", .get = filter_number, .is_family = true, .has_member = [](std::string_view name) { return name.size() == 3 && is_digit(name[2]); }, .doc = "The system filter's counters."}},
    RegisterVariable{{.name = "regex", .is_family = true, .has_member = [](std::string_view name) { return is_number_behind(name, "regex"); }, .doc = "What a regex condition captured."}},
    RegisterVariable{{.name = "regex_match_string", .doc = "The expression that a regex condition found."}},
};
// clang-format on

}
}
