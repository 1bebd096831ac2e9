// mime_regex = EXPRESSION : …: the start of the decoded part in hand matches one of them (manual 45.5). It is decoded
// when the condition decode has not done so.

#include "common/acl/decoding.h"
#include "common/acl/pattern_list.h"

namespace gp::acl {
namespace {

class MimeRegex final : public Test {
public:
    explicit MimeRegex(PatternList list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const override
    {
        if (!context.contents)
            return misconfigured("there is no MIME part to be searched here");
        forget_matches(context);
        const auto patterns = TRY(list_.patterns(context.scene));
        if (!patterns || patterns->empty())
            return Truth::no;
        const auto content = TRY(decoded_start(context, PatternList::longest_subject));
        return TRY(matches_one(*patterns, content, context)) ? Truth::yes : Truth::no;
    }

private:
    PatternList list_;
};

Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
{
    return std::unique_ptr<Test>{std::make_unique<MimeRegex>(TRY(PatternList::parse(language, argument)))};
}

const RegisterCondition self{{
    .name = "mime_regex",
    .allowed_at = where_mime | where_not_smtp_mime,
    .make = make,
    .doc = "The decoded MIME part in hand matches a regular expression.",
}};

}
}
