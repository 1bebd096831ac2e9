#include "utilities/pick/criterion.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "common/base/text.h"

namespace gp::utilities {
namespace {

constexpr std::array<std::string_view, 11> operators = {"<=", ">=", "==", "!=", "=~", "!~", "<", ">", "=", "eq", "ne"};

// "3d", "30K": with the factor of its suffix.
double number_of(std::string_view text)
{
    const double number = std::atof(std::string(text).c_str());
    switch (text.empty() ? ' ' : text.back()) {
    case 'd': return number * 86400;
    case 'h': return number * 3600;
    case 'm': return number * 60;
    case 'M': return number * 1024 * 1024;
    case 'K': return number * 1024;
    default: return number;
    }
}

bool is_name_char(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

// "/^a/i" is an expression and its flags; anything else an expression as it stands.
std::string_view unslashed(std::string_view text, bool& caseless)
{
    const auto last = text.rfind('/');
    if (text.size() < 2 || text.front() != '/' || last == 0)
        return text;
    caseless |= text.substr(last + 1).find('i') != std::string_view::npos;
    return text.substr(1, last - 1);
}

bool is_true(std::string_view value)
{
    return !value.empty() && value != "0";
}

}

Result<Criterion> Criterion::parse(std::string_view text, bool caseful)
{
    Criterion made;
    made.caseful_ = caseful;
    text = trim(text);
    while (text.starts_with('!')) {
        made.negated_ = !made.negated_;
        text = trim(text.substr(1));
    }
    if (text.starts_with('$'))
        text.remove_prefix(1);
    std::size_t end = 0;
    while (end < text.size() && is_name_char(text[end]))
        ++end;
    made.variable_ = text.substr(0, end);
    if (made.variable_.find("h_") != std::string::npos || made.variable_.find("header_") != std::string::npos)
        made.variable_ = lower(made.variable_);
    if (!is_pick_variable(made.variable_))
        return permanent("unknown variable \"" + escape(text.substr(0, end)) + "\"");
    text = trim(text.substr(end));
    if (text.starts_with(':')) // $h_subject: is $h_subject
        text = trim(text.substr(1));
    if (text.empty())
        return made;
    const auto found = std::ranges::find_if(operators, [&](std::string_view known) { return text.starts_with(known); });
    if (found == operators.end())
        return permanent("unknown operator in \"" + escape(text) + "\"");
    made.operator_ = *found;
    made.value_ = trim(text.substr(found->size()));
    if (const auto& value = made.value_; value.size() > 1 && value.front() == value.back() && (value.front() == '"' || value.front() == '\''))
        made.value_ = value.substr(1, value.size() - 2);
    made.number_ = number_of(made.value_);
    if (made.operator_ == "=~" || made.operator_ == "!~" || made.operator_ == "=") {
        bool caseless = made.operator_ == "=" && !caseful;
        made.regex_ = TRY(lookup::Regex::compile(unslashed(made.value_, caseless),
                                                 caseless ? lookup::Regex::caseless : lookup::Regex::none));
    }
    return made;
}

bool Criterion::test(std::string_view value) const
{
    if (operator_.empty())
        return is_true(value);
    if (operator_ == "eq" || operator_ == "ne")
        return (value == value_) == (operator_ == "eq");
    if (operator_ == "=~" || operator_ == "=" || operator_ == "!~")
        return regex_.matches(value).value_or(false) == (operator_ != "!~");
    const double number = number_of(value);
    return operator_ == "<"    ? number < number_
           : operator_ == "<=" ? number <= number_
           : operator_ == ">"  ? number > number_
           : operator_ == ">=" ? number >= number_
           : operator_ == "==" ? number == number_
                               : number != number_;
}

// each_… holds when it holds for every address (exipick(8)).
bool Criterion::matches(const PickMessage& message) const
{
    const auto all = [&](const std::vector<std::string>& addresses, bool (*wanted)(const PickMessage&, const std::string&)) {
        return std::ranges::all_of(addresses, [&](const auto& one) { return !wanted(message, one) || test(one); });
    };
    const auto is_delivered = [](const PickMessage& of, const std::string& one) {
        return std::ranges::find(of.delivered, one) != of.delivered.end();
    };
    bool holds = false;
    if (variable_ == "each_recipients")
        holds = all(message.recipients, [](const PickMessage&, const std::string&) { return true; });
    else if (variable_ == "each_recipients_del")
        holds = all(message.delivered, [](const PickMessage&, const std::string&) { return true; });
    else if (variable_ == "each_recipients_undel")
        holds = std::ranges::all_of(message.recipients, [&](const auto& one) { return is_delivered(message, one) || test(one); });
    else
        holds = test(message.value(variable_));
    return holds != negated_;
}

std::string Criterion::rule() const
{
    std::string test = "$var";
    if (operator_ == "eq" || operator_ == "ne")
        test = "\"$var\" " + operator_ + " \"" + value_ + "\"";
    else if (operator_ == "=~" || operator_ == "!~")
        test = "\"$var\" " + operator_ + " " + value_;
    else if (operator_ == "=")
        test = "\"$var\" =~ /" + value_ + (caseful_ ? "/" : "/i");
    else if (!operator_.empty()) {
        char number[40];
        std::snprintf(number, sizeof number, "%.15g", number_);
        test = "$var " + operator_ + " " + number;
    }
    return "(" + test + ") ? " + (negated_ ? "0 : 1" : "1 : 0");
}

std::string Criterion::text() const
{
    return std::string(negated_ ? "!" : "") + "$" + variable_ + (operator_.empty() ? "" : " " + operator_ + " " + value_);
}

}
