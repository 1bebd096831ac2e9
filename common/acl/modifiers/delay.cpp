// delay = TIME: the reply is held back (manual 44.19).

#include "common/acl/modifier.h"
#include "common/base/duration.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

class Delay final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        const auto wait = parse_duration(trim(words.text));
        if (!wait)
            return misconfigured("syntax error in argument for \"delay\" modifier: \"" + escape(trim(words.text), true) +
                                 "\" is not a time value");
        constexpr std::int64_t longest = 3600 * 1000; // no client waits longer
        context.delay_ms = static_cast<std::uint32_t>(std::min<std::int64_t>(context.delay_ms + wait->count(), longest));
        return {};
    }
};

const RegisterModifier self{{
    .name = "delay",
    .allowed_at = where_all & ~where_notquit,
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Action>> {
        return std::unique_ptr<Action>{std::make_unique<Delay>(TRY(language.parse(argument)))};
    },
    .doc = "Holds the reply back for a time.",
}};

}
}
