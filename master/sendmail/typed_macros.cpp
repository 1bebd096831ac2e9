#include "master/sendmail/typed_macros.h"

#include <cstdio>

#include "common/base/text.h"
#include "conf/params/tables.h"
#include "master/sendmail/administrator.h"
#include "master/sendmail/lines.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t longest = 1024 * 1024; // of a line, macros replaced

bool begins_like_a_macro(std::string_view line)
{
    return !line.empty() && line.front() >= 'A' && line.front() <= 'Z';
}

}

TypedMacros::TypedMacros(const conf::Configuration& configuration)
{
    conf::add_built_in_macros(macros_);
    if (!is_administrator(configuration))
        return;
    for (const auto& macro : configuration.macros)
        (void)macros_.define(macro.name, macro.value, false, macro.origin);
}

// "NAME = value", "NAME == value".
Status TypedMacros::define(std::string_view line)
{
    std::size_t end = 0;
    while (end < line.size() && (is_alnum(line[end]) || line[end] == '_'))
        ++end;
    const auto name = line.substr(0, end);
    auto rest = trim_left(line.substr(end));
    if (!rest.starts_with('='))
        return misconfigured("malformed macro definition");
    rest.remove_prefix(1);
    const bool is_anew = rest.starts_with('=');
    if (is_anew)
        rest.remove_prefix(1);
    TRY(macros_.define(name, trim(rest), is_anew, {}));
    say("Defined macro '" + std::string(name) + "'\n");
    return {};
}

bool TypedMacros::replace_in(std::string& line)
{
    if (auto replaced = macros_.substitute(line, longest); !replaced) {
        std::fprintf(stderr, "%s\n", replaced.error().text.c_str());
        return false;
    }
    if (!begins_like_a_macro(line))
        return true;
    if (auto defined = define(line); !defined)
        std::fprintf(stderr, "Exim configuration error:\n  %s\n", defined.error().text.c_str());
    return false;
}

}
