// ${quote:…}, ${quote_local_part:…}, ${quote_TYPE:…}, ${rxquote:…}.

#include "common/base/text.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

std::string in_quotes(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
    }
    return out + '"';
}

// "_": as they stand. An argument names a look-up type, whose own rules then hold.
Result<Text> quote(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    if (call.has_argument) {
        auto out = call.same_taint(TRY(call.scene.world.lookups.quote(call.argument, text)));
        const auto* driver = call.scene.world.lookups.drivers().find(call.argument);
        if (!driver)
            driver = call.scene.world.lookups.drivers().find(call.argument.substr(0, call.argument.find('_')));
        if (driver && out.tainted())
            out.quoted_for = driver->name;
        return out;
    }
    bool is_plain = !text.empty();
    for (const char c : text)
        is_plain = is_plain && (is_alnum(c) || c == '_' || c == '.' || c == '-');
    return call.same_taint(is_plain ? text : in_quotes(text));
}

// RFC 5322 section 3.2.3: atoms with dots between them need no quotes. Dots in a row pass, as in Exim.
bool needs_no_quotes(std::string_view text)
{
    constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~.";
    for (const char c : text)
        if (!is_alnum(c) && specials.find(c) == std::string_view::npos)
            return false;
    return !text.empty() && text.front() != '.' && text.back() != '.';
}

Result<Text> quote_local_part(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    if (needs_no_quotes(text))
        return call.same_taint(text);
    return call.same_taint(in_quotes(text));
}

Result<Text> rxquote(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text) {
        if (!is_alnum(c))
            out += '\\';
        out += c;
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "quote",
                      .apply = quote,
                      .doc = "In double quotes if it needs them; quote_TYPE quotes for a look-up type."}},
    RegisterOperator{{.name = "quote_local_part",
                      .apply = quote_local_part,
                      .doc = "A local part, in quotes where an address needs them."}},
    RegisterOperator{{.name = "rxquote",
                      .apply = rxquote,
                      .doc = "With a backslash before all but letters and digits, for a regular expression."}},
};

}
}
