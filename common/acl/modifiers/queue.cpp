// queue = NAME: the message goes to a queue with a name of its own (manual 44.19 and 4.4).

#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

constexpr std::size_t longest_name = 64;

class Queue final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        if (words.tainted())
            return misconfigured("Tainted name \"" + escape(words.text) + "\" for queue not permitted");
        const auto name = trim(words.text);
        const bool is_good = std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; });
        if (!is_good || name.starts_with('.') || name.size() > longest_name)
            return misconfigured("queue: \"" + escape(name) + "\" is no name of a queue");
        context.state.queue = name;
        return {};
    }
};

const RegisterModifier self{{
    .name = "queue",
    .allowed_at = where_message,
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Action>> {
        return std::unique_ptr<Action>{std::make_unique<Queue>(TRY(language.parse(argument)))};
    },
    .doc = "Puts the message into a queue with a name.",
}};

}
}
