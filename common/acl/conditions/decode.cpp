// decode = default|FILENAME: puts the content of the MIME part in hand into a file (manual 45.4), below scan/ID of the
// spool directory and nowhere else: the process that decodes what strangers send sees no other place.

#include "common/acl/condition.h"
#include "common/acl/decoding.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::acl {
namespace {

Status check(std::string_view name)
{
    if (trim(name).starts_with('/'))
        return misconfigured("parts are decoded below scan/ of spool_directory only; give \"default\", or a name without a slash");
    return {};
}

class Decode final : public Test {
public:
    explicit Decode(expand::Expression text) : text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        if (!context.contents)
            return misconfigured("there is no MIME part to be decoded here");
        auto words = text_.expand(context.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return passed_over();
        if (!words)
            return not_expanded(text_, words.error());
        const auto name = trim(words->text);
        if (name.empty() || name == "0" || same_nocase(name, "false"))
            return Truth::no;
        if (!words->tainted())
            TRY(check(name));
        const bool is_default = same_nocase(name, "default") || name == "1" || same_nocase(name, "true");
        Text file = is_default ? Text::clean({}) : *words;
        if (!is_default)
            file.text = std::string(name);
        const auto done = decode_part(context, std::move(file), 0);
        if (done)
            return Truth::yes;
        const auto* message = context.scene.message;
        log::main((message && !message->id.empty() ? std::string(message->id) + " " : "") + "decode acl condition: " + escape(done.error().text));
        return done.error().blame == Blame::permanent ? Truth::no : Truth::defer;
    }

private:
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "decode",
    .allowed_at = where_mime | where_not_smtp_mime,
    .make = make_expanded<Decode, check>,
    .doc = "Decodes the MIME part in hand into a file.",
}};

}
}
