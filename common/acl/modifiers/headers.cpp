// add_header and remove_header (manual 44.24, 44.25): kept with the state, obeyed when the message is
// complete.

#include "common/acl/added_headers.h"
#include "common/acl/modifier.h"
#include "common/config/list.h"

namespace gp::acl {
namespace {

class AddHeader final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override { return add_headers(context, words.text); }
};

class RemoveHeader final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        for (auto& name : config::split_list(words.text))
            if (!name.empty())
                TRY(keep_edit(context, mail::HeaderEdit::Where::remove, std::move(name)));
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
