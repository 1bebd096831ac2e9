#include "cleanup/local_sender.h"

#include <algorithm>
#include <vector>

#include "common/base/text.h"
#include "common/mail/local_origin.h"
#include "common/mail/address.h"
#include "common/mail/encoded_word.h"

namespace gp::cleanup {
namespace {

bool is_plain_phrase(std::string_view text)
{
    constexpr std::string_view atom = "!#$%&'*+-/=?^_`{|}~ "; // and letters and digits
    return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || atom.find(c) != std::string_view::npos; });
}

std::string phrase(std::string_view name)
{
    if (is_plain_phrase(name))
        return std::string(name);
    if (!std::ranges::all_of(name, is_printable))
        return mail::encode_words(name);
    std::string out = "\"";
    for (char c : name) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

// A prefix or suffix of the options may begin or end with * (manual, local_from_prefix).
std::string_view without_prefix(std::string_view text, std::string_view prefix)
{
    if (prefix.empty())
        return text;
    if (!prefix.starts_with('*'))
        return starts_nocase(text, prefix) ? text.substr(prefix.size()) : text;
    const auto mark = prefix.substr(1);
    const auto at = text.rfind(mark);
    return at == std::string_view::npos ? text : text.substr(at + mark.size());
}

std::string_view without_suffix(std::string_view text, std::string_view suffix)
{
    if (suffix.empty())
        return text;
    if (!suffix.ends_with('*'))
        return ends_nocase(text, suffix) ? text.substr(0, text.size() - suffix.size()) : text;
    const auto mark = suffix.substr(0, suffix.size() - 1);
    const auto at = text.find(mark);
    return at == std::string_view::npos ? text : text.substr(0, at);
}

// The items of such an option, and none of them: an affix need not be there.
std::vector<std::string_view> affixes(std::string_view list)
{
    std::vector<std::string_view> items = {{}};
    for (const auto item : split(list, ':'))
        if (const auto text = trim(item); !text.empty())
            items.push_back(text);
    return items;
}

}

bool wants_fixups(const Work& work)
{
    if (work.controls.suppress_local_fixups || work.envelope.suppress_local_fixups)
        return false;
    // What -oMa says came from a host (manual 5.3) is as complete as that host made it.
    return (work.envelope.origin.local && work.envelope.origin.host_address.empty()) || work.controls.submission;
}

std::string login_address(const Work& work)
{
    const auto& origin = work.envelope.origin;
    if (origin.local)
        return mail::address_of_login(origin.login, work.parameters.qualify_domain);
    if (!work.controls.submission_domain)
        return origin.authenticated_id + "@" + work.parameters.qualify_domain;
    if (work.controls.submission_domain->empty())
        return origin.authenticated_id;
    return origin.authenticated_id + "@" + *work.controls.submission_domain;
}

std::string with_name(std::string_view full_name, std::string_view address)
{
    const auto name = trim(full_name);
    if (name.empty())
        return std::string(address);
    return phrase(name) + " <" + std::string(address) + ">";
}

bool is_own_address(const Work& work, std::string_view from)
{
    const auto own = login_address(work);
    if (mail::same_address(from, own))
        return true;
    if (!same_nocase(mail::domain_of(from), mail::domain_of(own)))
        return false;
    const auto local_part = mail::local_part_of(from);
    const auto login = mail::local_part_of(own);
    const auto ends_as_login = [&](std::string_view rest) {
        const auto suffixes = affixes(work.parameters.local_from_suffix);
        return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return without_suffix(rest, suffix) == login; });
    };
    const auto prefixes = affixes(work.parameters.local_from_prefix);
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return ends_as_login(without_prefix(local_part, prefix)); });
}

}
