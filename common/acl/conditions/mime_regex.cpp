// mime_regex = EXPRESSION : …: the start of the decoded part in hand matches one of them (manual 45.5). It is decoded
// when the condition decode has not done so.

#include "common/acl/decoding.h"
#include "common/acl/pattern_list.h"

namespace gp::acl {
namespace {

class MimeRegex final : public PatternTest {
public:
    using PatternTest::PatternTest;

private:
    Result<bool> found(const std::vector<PatternList::Pattern>& patterns, Context& context) const override
    {
        return matches_one(patterns, TRY(decoded_start(context, PatternList::longest_subject)), context);
    }
};

const RegisterCondition self{{
    .name = "mime_regex",
    .allowed_at = where_mime | where_not_smtp_mime,
    .make = PatternTest::make<MimeRegex>,
    .doc = "The decoded MIME part in hand matches a regular expression.",
}};

}
}
