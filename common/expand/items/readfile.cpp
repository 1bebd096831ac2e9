// ${readfile{/path}{end of line}}

#include "common/base/text.h"
#include "common/expand/item.h"
#include "common/expand/scene.h"
#include "common/lookup/file_check.h"

namespace gp::expand {
namespace {

Result<Text> readfile(const ItemCall& call)
{
    if (call.scene.is_forbidden("readfile"))
        return misconfigured("file insertions are not permitted");
    if (!call.scene.files())
        return misconfigured("reading a file (${readfile) is not possible here");
    const auto& name = call.arguments[0];
    if (name.tainted())
        return misconfigured("Tainted name '" + escape(name.text, true) + "' for file read not permitted (" +
                             lookup::taint_advice(name.taint) + ")");
    auto text = call.scene.files()->read(name.text, call.scene.world.limits.expansion_size_max);
    if (!text)
        return misconfigured("failed to open " + name.text + ": " + text.error().text, text.error().cause);
    if (call.arguments.size() < 2)
        return Text::clean(std::move(*text));
    Text out = Text::clean(replace_all(std::move(*text), "\n", call.arguments[1].text));
    out.mark(call.arguments[1]);
    return out;
}

const RegisterItem self{{
    .name = "readfile",
    .least = 1,
    .most = 2,
    .apply = readfile,
    .doc = "The contents of a file.",
}};

}
}
