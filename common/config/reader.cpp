#include "common/config/reader.h"

#include <grp.h>
#include <pwd.h>

#include <vector>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/value.h"

namespace gp::config {
namespace {

// Exim's own bound for delay_warning.
constexpr std::size_t most_times = 20;

bool needs_expansion(const Option& option, std::string_view text)
{
    return option.use == Use::expanded && text.find('$') != std::string_view::npos;
}

template <class T>
Result<Value> as_value(Result<T> parsed)
{
    if (!parsed)
        return std::move(parsed).error();
    return Value(std::move(parsed).take());
}

Result<Identity> named(const Option& option, const std::string& name, const Names& names)
{
    const bool is_user = option.type == Type::user || option.type == Type::user_list;
    if (auto identity = is_user ? names.user(name) : names.group(name))
        return std::move(*identity);
    return misconfigured(std::string(is_user ? "user " : "group ") + name + " was not found");
}

Result<Value> identities(const Option& option, const std::string& text, const Names& names)
{
    std::vector<Identity> found;
    for (const auto& name : split_list(text))
        found.push_back(TRY(named(option, name, names)));
    return Value(std::move(found));
}

// Times between colons, each later than the one before (delay_warning); a single 0s is none at all.
Result<Value> times(const std::string& text)
{
    std::vector<Duration> found;
    for (const auto& item : split_list(text)) {
        found.push_back(TRY(parse_time(item)));
        if (found.size() > 1 && found.back() <= found[found.size() - 2])
            return misconfigured("time value \"" + item + "\" out of order");
        if (found.size() > most_times)
            return misconfigured("too many time values (the most is " + std::to_string(most_times) + ")");
    }
    if (found.size() == 1 && found.front() == Duration{})
        found.clear();
    return Value(std::move(found));
}

Result<Value> in_octets(std::int64_t kilobytes_or_octets, std::string_view text)
{
    const bool has_letter = !text.empty() && is_alpha(text.back());
    std::int64_t octets = kilobytes_or_octets;
    if (!has_letter && __builtin_mul_overflow(octets, std::int64_t{1024}, &octets))
        return misconfigured("absolute value of integer \"" + std::string(text) + "\" is too large (overflow)");
    return Value(octets);
}

// Exim keeps what it knows as integers in 32 bits and refuses more; ours may count octets.
Result<Value> whole_number(const Option& option, Result<std::int64_t> parsed, std::string_view text)
{
    using Limit = std::numeric_limits<std::int32_t>;
    if (parsed && !option.is_own && (*parsed > Limit::max() || *parsed < Limit::min()))
        return misconfigured("absolute value of integer \"" + std::string(text) + "\" is too large (overflow)");
    return as_value(std::move(parsed));
}

std::optional<Identity> system_user(std::string_view name)
{
    const std::string text(name);
    std::vector<char> buffer(64 * 1024);
    struct passwd entry{};
    struct passwd* found = nullptr;
    const auto number = parse_unsigned(text);
    const bool is_number = number && *number < Identity::no_group;
    if (is_number)
        ::getpwuid_r(static_cast<uid_t>(*number), &entry, buffer.data(), buffer.size(), &found);
    else
        ::getpwnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found)
        return Identity{text, found->pw_uid, found->pw_gid};
    if (is_number)
        return Identity{text, static_cast<std::uint32_t>(*number), Identity::no_group};
    return std::nullopt;
}

std::optional<Identity> system_group(std::string_view name)
{
    const std::string text(name);
    if (const auto number = parse_unsigned(text); number && *number < Identity::no_group)
        return Identity{text, static_cast<std::uint32_t>(*number), Identity::no_group};
    std::vector<char> buffer(256 * 1024);
    struct group entry{};
    struct group* found = nullptr;
    ::getgrnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (!found)
        return std::nullopt;
    return Identity{text, found->gr_gid, Identity::no_group};
}

std::string system_group_name(std::uint32_t id)
{
    std::vector<char> buffer(256 * 1024);
    struct group entry{};
    struct group* found = nullptr;
    ::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found);
    return found ? std::string(found->gr_name) : std::to_string(id);
}

// The separator of a list option that may be set several times; nothing for other options.
std::optional<char> separator_of(Repeat repeat)
{
    switch (repeat) {
    case Repeat::newline_joined: return '\n';
    case Repeat::colon_joined: return ':';
    case Repeat::semicolon_joined: return ';';
    case Repeat::refused:
    case Repeat::all_true: break;
    }
    return std::nullopt;
}

// The items of such an option, whatever separator this setting of it uses, as text with its own one.
std::string relisted(const std::string& text, char separator)
{
    std::string out;
    for (const auto& item : split_list(text, separator)) {
        if (item.empty())
            continue;
        out += out.empty() ? "" : std::string(1, separator);
        for (const char c : item)
            out.append(c == separator && separator != '\n' ? 2 : 1, c);
    }
    return out;
}

// One assignment on its way into the settings.
class Application {
public:
    Application(Settings& settings, const Assignment& assignment, const ReadOptions& options, Problems& problems)
        : settings_(settings), assignment_(assignment), options_(options), problems_(problems)
    {
    }

    void run()
    {
        find_option();
        if (!option_)
            return unknown();
        if (!is_welcome())
            return;
        Setting& setting = settings_.at(option_->name);
        if (setting.is_written && option_->repeat == Repeat::refused)
            return fail("\"" + assignment_.name + "\" option set for the second time",
                        "the first is at " + setting.origin.text());
        auto value = value_of_assignment();
        if (!value)
            return fail(value.error().text + " for " + assignment_.name, example());
        Value added = std::move(value).take();
        if (const auto separator = separator_of(option_->repeat))
            std::get<std::string>(added) = relisted(std::get<std::string>(added), *separator);
        if (setting.is_written)
            join_to(setting.value, std::get<std::string>(added));
        else
            setting.value = std::move(added);
        setting.is_written = true;
        setting.is_hidden = setting.is_hidden || assignment_.is_hidden;
        setting.origin = assignment_.origin;
    }

private:
    void fail(std::string reason, std::string hint = {})
    {
        problems_.error(assignment_.origin, shown_line(), std::move(reason), std::move(hint));
    }

    std::string shown_line() const
    {
        if (assignment_.is_hidden)
            return "hide " + assignment_.name + " = <value not displayable>";
        return assignment_.name + (assignment_.value ? " = " + *assignment_.value : std::string());
    }

    void find_option()
    {
        const Table& table = settings_.table();
        option_ = table.find(assignment_.name);
        for (const std::string_view prefix : {"no_", "not_"}) {
            if (option_ || !assignment_.name.starts_with(prefix))
                continue;
            option_ = table.find(std::string_view(assignment_.name).substr(prefix.size()));
            is_negated_ = option_ != nullptr;
        }
    }

    void unknown()
    {
        std::vector<std::string_view> names;
        for (const auto& option : settings_.table().options())
            names.push_back(option.name);
        const auto meant = nearest(assignment_.name, names);
        const bool is_main = settings_.table().title() == "main";
        fail(std::string(is_main ? "main option" : "option") + " \"" + assignment_.name + "\" unknown" +
                 (is_main ? std::string() : " to " + settings_.table().title()),
             meant.empty() ? std::string() : "did you mean \"" + std::string(meant) + "\"?");
    }

    // May it be set at all, by the standing of its row?
    bool is_welcome()
    {
        const bool is_asking = option_->standing == Standing::not_yet || option_->standing == Standing::removed;
        if (option_->standing == Standing::supported || (is_asking && says_default()))
            return true;
        const std::string name = "option \"" + std::string(option_->name) + "\"";
        if (option_->standing == Standing::moot) {
            problems_.note(assignment_.origin, shown_line(), name + " has no effect here: " + std::string(option_->text));
            return true;
        }
        if (option_->standing == Standing::removed) {
            fail(name + " cannot be set: " + std::string(option_->text));
            return false;
        }
        object(options_.unsupported, problems_, assignment_.origin, shown_line(), name + " is not supported yet: " + reason());
        return true; // the value is read all the same, so that its own errors are told and -bP shows it
    }

    // What the row of a refused option says, as the end of a sentence.
    std::string reason() const
    {
        std::string text(trim_right(option_->text));
        if (text.ends_with('.'))
            text.pop_back();
        return text;
    }

    // An option that says what holds anyway asks for nothing that is missing.
    bool says_default()
    {
        const auto value = value_of_assignment();
        if (!value)
            return false;
        const Value& initial = settings_.table().initial(settings_.table().index(*option_));
        if (*value == initial)
            return true;
        const bool is_unset = std::holds_alternative<std::monostate>(initial);
        if (const auto* text = std::get_if<std::string>(&*value))
            return is_unset && text->empty();
        if (const auto* flag = std::get_if<bool>(&*value))
            return is_unset && !*flag;
        return false;
    }

    Result<Value> value_of_assignment() const
    {
        if (option_->type == Type::boolean)
            return switch_value();
        if (is_negated_)
            return misconfigured("negation prefix applied to a non-boolean option");
        if (!assignment_.value)
            return misconfigured("unexpected end of line (data missing)");
        return parse_value(*option_, *assignment_.value, *options_.names);
    }

    Result<Value> switch_value() const
    {
        if (!assignment_.value || assignment_.value->empty()) // "split_spool_directory =" says what the name alone does
            return Value(!is_negated_);
        if (is_negated_)
            return misconfigured("a value cannot follow a negated boolean option");
        return parse_value(*option_, *assignment_.value, *options_.names);
    }

    // A repeated option that becomes one text.
    void join_to(Value& old, const std::string& added) const
    {
        auto& before = std::get<std::string>(old);
        if (option_->repeat == Repeat::all_true)
            before = "${if and{{bool_lax{" + before + "}}{bool_lax{" + added + "}}}}";
        else if (const auto separator = separator_of(option_->repeat))
            before += (before.empty() || added.empty() ? "" : std::string(1, *separator)) + added;
    }

    std::string example() const
    {
        switch (option_->type) {
        case Type::boolean: return std::string(option_->name) + " or no_" + std::string(option_->name);
        case Type::integer: return "a number, perhaps followed by K or M";
        case Type::size:
        case Type::space: return "a number, perhaps followed by K, M or G";
        case Type::octal: return "an octal number like 0640";
        case Type::time: return "a time like 30s, 5m or 1d12h";
        default: return {};
        }
    }

    Settings& settings_;
    const Assignment& assignment_;
    const ReadOptions& options_;
    Problems& problems_;
    const Option* option_ = nullptr;
    bool is_negated_ = false;
};

}

void object(Unsupported policy, Problems& problems, const Origin& origin, std::string_view line, std::string reason,
            std::string hint)
{
    if (policy == Unsupported::refuse)
        problems.error(origin, line, std::move(reason), std::move(hint));
    else if (policy == Unsupported::warn)
        problems.warning(origin, line, std::move(reason), std::move(hint));
}

Names system_names()
{
    return {system_user, system_group, system_group_name};
}

Result<Value> parse_value(const Option& option, std::string_view written, const Names& names)
{
    // Quotes belong to strings, and to whatever is expanded; not to plain numbers, times and switches.
    const bool may_be_quoted = option.type >= Type::string || option.use == Use::expanded;
    std::string text = may_be_quoted ? TRY(parse_string(written)) : std::string(written);
    if (needs_expansion(option, text))
        return Value(std::move(text));
    switch (option.type) {
    case Type::boolean: return as_value(parse_boolean(text));
    case Type::integer:
    case Type::size: return whole_number(option, parse_number(text), text);
    case Type::space: return in_octets(TRY(parse_number(text)), text);
    case Type::octal: return whole_number(option, parse_octal_number(text), text);
    case Type::fixed_point: return as_value(parse_fixed_point(text));
    case Type::time: return as_value(parse_time(text));
    case Type::user:
    case Type::group: return as_value(named(option, text, names));
    case Type::user_list:
    case Type::group_list: return identities(option, text, names);
    case Type::time_list: return times(text);
    default: return Value(std::move(text));
    }
}

void apply(Settings& settings, const Assignment& assignment, const ReadOptions& options, Problems& problems)
{
    Application(settings, assignment, options, problems).run();
}

}
