#include "common/acl/added_headers.h"

#include "common/base/text.h"

namespace gp::acl {
namespace {

using At = mail::HeaderEdit::Where;

struct Place {
    std::string_view word;
    At where;
};
constexpr Place places[] = {
    {":after_received:", At::after_received},
    {":at_start:", At::start},
    {":at_start_rfc:", At::before_first},
    {":at_end:", At::end},
};

// RFC 5322 section 3.6.8: a name of printable characters, and a colon.
bool is_header(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos)
        return false;
    const auto name = trim_right(line.substr(0, colon));
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

// The end of the header that begins the text: a newline that no blank follows.
std::size_t end_of_header(std::string_view text)
{
    auto at = text.find('\n');
    while (at != std::string_view::npos && at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\t'))
        at = text.find('\n', at + 1);
    return std::min(at, text.size());
}

Status add_one(Context& context, std::string_view line)
{
    auto where = At::end;
    for (const auto& place : places)
        if (starts_nocase(line, place.word)) {
            where = place.where;
            line = trim_left(line.substr(place.word.size()));
            break;
        }
    return keep_edit(context, where, (is_header(line) ? "" : "X-ACL-Warn: ") + std::string(line) + "\n");
}

}

Status keep_edit(Context& context, At where, std::string text)
{
    auto& edits = context.state.header_edits;
    if (edits.size() >= most_header_edits)
        return misconfigured("more than 1000 headers are added or removed");
    for (const auto& edit : edits)
        if (where == At::remove || edit.where == At::remove ? edit.where == where && edit.text == text : edit.text.starts_with(text))
            return {}; // as Exim has it: one that begins in the same way, wherever it goes
    edits.push_back({where, std::move(text)});
    return {};
}

Status add_headers(Context& context, std::string_view text)
{
    while (text.starts_with('\n'))
        text.remove_prefix(1);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    if (trim(text).empty())
        return {};
    for (std::size_t at = 0; at <= text.size();) {
        const auto rest = text.substr(at);
        const auto end = end_of_header(rest);
        TRY(add_one(context, rest.substr(0, end)));
        at += end + 1;
    }
    show_added_headers(context);
    return {};
}

// A list with newlines between its items, and so doubled within them.
void show_added_headers(Context& context)
{
    std::string shown;
    for (const auto& edit : context.state.header_edits) {
        if (edit.where == At::remove)
            continue;
        std::string_view line = edit.text;
        line = line.substr(0, line.find_last_not_of('\n') + 1);
        shown += (shown.empty() ? "" : "\n") + replace_all(std::string(line), "\n", "\n\n");
    }
    context.scene.facts.set("headers_added", Text::from(shown, "$headers_added"));
}

}
