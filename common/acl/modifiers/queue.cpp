// queue = NAME: the message goes to a queue with a name of its own (manual 44.19 and 4.4).

#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

constexpr std::size_t longest_name = 64;
// Before the message is there; what is said before MAIL holds for all messages of the session.
constexpr std::uint32_t before_data = (where_message | where_connect | where_helo | where_starttls | where_auth | where_mailauth) &
                                      ~(where_data | where_prdr | where_not_smtp);

Status check_name(std::string_view text)
{
    const auto name = trim(text);
    const bool is_good = std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
    if (!is_good || name.starts_with('.') || name.size() > longest_name)
        return misconfigured("queue: \"" + escape(name) + "\" is no name of a queue");
    return {};
}

class Queue final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        if (words.tainted())
            return misconfigured("Tainted name \"" + escape(words.text) + "\" for queue not permitted");
        TRY(check_name(words.text));
        context.state.queue = trim(words.text);
        context.scene.facts.set("queue_name", Text::clean(context.state.queue));
        return {};
    }
};

const RegisterModifier self{{
    .name = "queue",
    .allowed_at = before_data,
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Action>> {
        return std::unique_ptr<Action>{std::make_unique<Queue>(TRY(language.parse(argument)))};
    },
    .doc = "Puts the message into a queue with a name.",
}};

}
}
