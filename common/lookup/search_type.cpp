#include "common/lookup/search_type.h"

#include <charconv>

#include "common/base/text.h"

namespace gp::lookup {
namespace {

bool is_affix_character(char c)
{
    return is_printable(c) && !is_alnum(c) && c != ' ' && c != ')';
}

Error format_error(std::string_view words)
{
    return misconfigured("format error in lookup type \"" + std::string(words) + "\"");
}

// "partial", "partial3-", "partial(.)": takes it off `rest`.
Status read_partial(std::string_view& rest, std::string_view words, SearchType& into)
{
    constexpr std::string_view word = "partial";
    if (!rest.starts_with(word))
        return {};
    rest.remove_prefix(word.size());
    unsigned least = 2;
    if (!rest.empty() && is_digit(rest.front())) {
        const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), least);
        if (read.ec != std::errc{})
            return format_error(words);
        rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    }
    into.partial = least;
    if (rest.starts_with("-")) {
        rest.remove_prefix(1);
        return {};
    }
    const auto close = rest.find(')');
    if (!rest.starts_with("(") || close == std::string_view::npos)
        return format_error(words);
    const auto affix = rest.substr(1, close - 1);
    for (char c : affix)
        if (!is_affix_character(c))
            return format_error(words);
    into.affix = affix;
    rest.remove_prefix(close + 1);
    return {};
}

// After the name: "*", "*@", and the options behind commas.
void read_suffix(std::string_view rest, SearchType& into)
{
    if (rest.starts_with("*@"))
        into.fallback = Fallback::star_at;
    else if (rest.starts_with("*"))
        into.fallback = Fallback::star;
    auto comma = rest.find(',');
    while (comma != std::string_view::npos) {
        rest.remove_prefix(comma + 1);
        comma = rest.find(',');
        const auto option = trim(rest.substr(0, comma));
        const auto equals = option.find('=');
        if (equals == std::string_view::npos)
            into.options.items.emplace_back(option, "");
        else
            into.options.items.emplace_back(option.substr(0, equals), option.substr(equals + 1));
    }
}

}

const std::string* Options::find(std::string_view name) const
{
    for (const auto& [key, value] : items)
        if (key == name)
            return &value;
    return nullptr;
}

std::string_view Options::get(std::string_view name) const
{
    const auto* value = find(name);
    return value ? std::string_view(*value) : std::string_view{};
}

Result<SearchType> parse_search_type(std::string_view words, const Registry<Driver>& drivers)
{
    SearchType type;
    std::string_view rest = words;
    TRY(read_partial(rest, words, type));
    const auto end = std::min(rest.find_first_of("*,"), rest.size());
    const auto name = rest.substr(0, end);
    read_suffix(rest.substr(end), type);
    type.driver = drivers.find(name);
    if (!type.driver)
        return misconfigured("unknown lookup type \"" + std::string(name) + "\"");
    if (!type.is_query())
        return type;
    if (type.partial)
        return misconfigured("\"partial\" is not permitted for lookup type \"" + std::string(name) + "\"");
    if (type.fallback != Fallback::none)
        return misconfigured("defaults using \"*\" or \"*@\" are not permitted for lookup type \"" +
                             std::string(rest) + "\"");
    return type;
}

PartialKeys::PartialKeys(const SearchType& type, std::string_view key) : type_(type), whole_(key), rest_(key)
{
    components_ = 1;
    for (char c : key)
        components_ += c == '.';
}

// Manual 9.7: the prefix before the whole key, then without its leading components while enough remain,
// then, for partial0, the prefix alone.
std::optional<PartialKeys::Key> PartialKeys::next()
{
    const unsigned least = type_.partial.value_or(0);
    if (step_ == Step::whole) {
        step_ = Step::components;
        if (!type_.affix.empty())
            return Key{type_.affix + std::string(whole_), whole_.substr(0, 0), whole_};
    }
    if (step_ == Step::components) {
        const auto dot = rest_.find('.');
        if (components_ > least && dot != std::string_view::npos) {
            rest_.remove_prefix(dot + 1);
            --components_;
            const auto wild = whole_.substr(0, whole_.size() - rest_.size() - 1);
            return Key{type_.affix + std::string(rest_), wild, rest_};
        }
        step_ = least == 0 ? Step::last : Step::done;
    }
    if (step_ == Step::done)
        return std::nullopt;
    step_ = Step::done;
    if (type_.affix.empty())
        return std::nullopt;
    std::string key = type_.affix;
    if (key.size() > 1 && key.ends_with('.'))
        key.pop_back();
    return Key{std::move(key), whole_, whole_.substr(whole_.size())};
}

}
