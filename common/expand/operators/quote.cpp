// ${quote:…}: in double quotes if it needs them; quote_TYPE quotes for a look-up type.

#include "common/base/text.h"
#include "common/expand/detail/in_quotes.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

// "_": as they stand. An argument names a look-up type, whose own rules then hold.
Result<Text> quote(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    if (call.has_argument) {
        auto out = call.same_taint(TRY(call.scene.world.lookups.quote(call.argument, text)));
        const auto* driver = call.scene.world.lookups.drivers().find(call.argument);
        if (!driver)
            driver =
                call.scene.world.lookups.drivers().find(call.argument.substr(0, call.argument.find('_')));
        if (driver && out.tainted())
            out.quoted_for = driver->name;
        return out;
    }
    bool is_plain = !text.empty();
    for (const char c : text)
        is_plain = is_plain && (is_alnum(c) || c == '_' || c == '.' || c == '-');
    return call.same_taint(is_plain ? text : in_quotes(text));
}

const RegisterOperator self{{
    .name = "quote",
    .apply = quote,
    .doc = "In double quotes if it needs them; quote_TYPE quotes for a look-up type.",
}};

}
}
