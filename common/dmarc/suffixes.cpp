#include "common/dmarc/suffixes.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/source.h"
#include "common/mail/alabel.h"

namespace gp::dmarc {
namespace {

constexpr std::size_t largest_list = 8 * 1024 * 1024; // octets; the published one has a thirtieth of that

// The last `labels` labels of a domain.
std::string_view last_labels(std::string_view domain, std::size_t labels)
{
    for (auto at = domain.size(); at > 0; --at)
        if (domain[at - 1] == '.' && --labels == 0)
            return domain.substr(at);
    return domain;
}

std::size_t labels_in(std::string_view domain)
{
    return domain.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(domain, '.')) + 1;
}

}

Suffixes Suffixes::parse(std::string_view list)
{
    Suffixes out;
    for (auto line : split(list, '\n')) {
        line = trim(line);
        line = line.substr(0, line.find_first_of(" \t")); // a rule ends at the first blank
        if (line.empty() || line.starts_with("//"))
            continue;
        auto rule = Rule::name;
        if (line.starts_with('!'))
            rule = Rule::exception, line.remove_prefix(1);
        else if (line.starts_with("*."))
            rule = Rule::wildcard, line.remove_prefix(2);
        auto name = lower(line);
        if (!mail::is_ascii(name)) {
            auto encoded = mail::domain_to_alabel(name);
            if (!encoded)
                continue;
            name = lower(*encoded);
        }
        out.rules_[name] |= 1u << static_cast<unsigned>(rule);
    }
    return out;
}

Result<Suffixes> Suffixes::read(const std::string& path)
{
    const auto text = TRY(config::read_file(path, largest_list));
    auto suffixes = parse(text);
    if (suffixes.size() == 0)
        return permanent(path + ": this is no list of public suffixes");
    return suffixes;
}

// The longest rule that fits; exceptions beat all; without any the last label is one (publicsuffix.org/list).
std::size_t Suffixes::labels_of_suffix(std::string_view domain) const
{
    const auto has = [&](std::string_view name, Rule rule) {
        const auto found = rules_.find(std::string(name));
        return found != rules_.end() && (found->second & (1u << static_cast<unsigned>(rule)));
    };
    const auto all = labels_in(domain);
    for (auto labels = all; labels > 0; --labels) {
        const auto name = last_labels(domain, labels);
        if (has(name, Rule::exception))
            return labels - 1;
        if (has(name, Rule::name) || (labels > 1 && has(last_labels(domain, labels - 1), Rule::wildcard)))
            return labels;
    }
    return std::min<std::size_t>(all, 1);
}

std::string Suffixes::organisation_of(std::string_view domain) const
{
    auto name = lower(domain);
    while (name.ends_with('.'))
        name.pop_back();
    return std::string(last_labels(name, labels_of_suffix(name) + 1));
}

}
