// add_header and remove_header (manual 44.24, 44.25): kept with the state, obeyed when the message is
// complete.

#include "common/acl/modifier.h"
#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::acl {
namespace {

using Where = mail::HeaderEdit::Where;

constexpr std::size_t most_edits = 1000;

struct Place {
    std::string_view word;
    Where where;
};
constexpr Place places[] = {
    {":after_received:", Where::after_received},
    {":at_start:", Where::start},
    {":at_start_rfc:", Where::before_first},
    {":at_end:", Where::end},
};

Status keep(Context& context, Where where, std::string text)
{
    auto& edits = context.state.header_edits;
    if (edits.size() >= most_edits)
        return misconfigured("more than 1000 headers are added or removed");
    for (const auto& edit : edits)
        if (edit.where == where && edit.text == text)
            return {}; // the same line twice is added once (manual 44.24)
    edits.push_back({where, std::move(text)});
    return {};
}

class AddHeader final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        std::string_view text = words.text;
        while (text.starts_with('\n'))
            text.remove_prefix(1);
        auto where = Where::end;
        for (const auto& place : places)
            if (starts_nocase(text, place.word)) {
                where = place.where;
                text = trim_left(text.substr(place.word.size()));
                break;
            }
        if (trim(text).empty())
            return {};
        return keep(context, where, std::string(text) + (text.ends_with('\n') ? "" : "\n"));
    }
};

class RemoveHeader final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        for (auto& name : config::split_list(words.text))
            if (!name.empty())
                TRY(keep(context, Where::remove, std::move(name)));
        return {};
    }
};

template <class T>
Result<std::unique_ptr<Action>> make(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Action>{std::make_unique<T>(TRY(language.parse(argument)))};
}

const RegisterModifier add{{
    .name = "add_header",
    .allowed_at = where_message,
    .make = make<AddHeader>,
    .doc = "Adds headers to the message when it is accepted.",
}};
const RegisterModifier remove{{
    .name = "remove_header",
    .allowed_at = where_message,
    .make = make<RemoveHeader>,
    .doc = "Removes headers from the message when it is accepted.",
}};

}
}
