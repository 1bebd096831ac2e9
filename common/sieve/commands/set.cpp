// set [modifiers] NAME VALUE (RFC 5229 section 4).

#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {
namespace {

enum Modifier { lower_case = 1, upper_case = 2, lower_first = 4, upper_first = 8, quote_wildcard = 16, length = 32 };
struct ModifierRow {
    std::string_view tag;
    unsigned bit;
    unsigned excludes; // the same precedence
};
constexpr ModifierRow modifiers[] = {
    {"lower", lower_case, upper_case},      {"upper", upper_case, lower_case},
    {"lowerfirst", lower_first, upper_first}, {"upperfirst", upper_first, lower_first},
    {"quotewildcard", quote_wildcard, 0},   {"length", length, 0},
};

std::string quoted_wildcards(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

// In falling precedence, RFC 5229 section 4.1.
std::string modified(std::string value, unsigned bits)
{
    if (bits & lower_case)
        value = lower(value);
    if (bits & upper_case)
        value = upper(value);
    if (!value.empty() && bits & lower_first)
        value[0] = to_lower(value[0]);
    if (!value.empty() && bits & upper_first)
        value[0] = to_upper(value[0]);
    if (bits & quote_wildcard)
        value = quoted_wildcards(value);
    if (bits & length)
        value = std::to_string(std::ranges::count_if(value, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    return value;
}

class Set final : public Step {
public:
    Set(std::string name, std::string value, unsigned bits) : name_(std::move(name)), value_(std::move(value)), bits_(bits) {}
    Result<Flow> obey(Run& run) const override
    {
        run.set(name_, modified(TRY(run.expand(value_)), bits_));
        return Flow::on;
    }

private:
    const std::string name_, value_;
    const unsigned bits_;
};

Result<StepPtr> parse(Parser& parser)
{
    unsigned bits = 0;
    for (auto tag = parser.scanner().look_tag(); !tag.empty(); tag = parser.scanner().look_tag()) {
        const auto* row = std::ranges::find(modifiers, tag, &ModifierRow::tag);
        if (row == std::end(modifiers))
            return parser.error("unknown modifier :" + tag);
        if (bits & (row->bit | row->excludes))
            return parser.error("modifier :" + tag + " against another one");
        bits |= row->bit;
        TRY(parser.scanner().tag(tag));
    }
    auto name = TRY(parser.string("missing variable name"));
    if (name.empty() || is_digit(name[0]) || !std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; }))
        return parser.error("invalid variable name \"" + escape(name) + "\"");
    auto value = TRY(parser.string("missing variable value"));
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Set>(std::move(name), std::move(value), bits));
}

const RegisterCommand command{{.name = "set", .capability = "variables", .parse = parse, .doc = "Sets a variable."}};
const RegisterCapability capability{{.name = "variables", .doc = "RFC 5229"}};

}
}
