// The ACL at the end of data: acl_smtp_data, or acl_not_smtp for local programs (manual 44.2).

#include "cleanup/stages/judging.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {

Ended end_discarded(Work& work)
{
    if (work.discarded_by.empty())
        return {};
    return thrown_away(work, work.discarded_by, {});
}

Ended ask_policy(Work& work)
{
    const auto phase = is_smtp(work) ? router::Phase::data : router::Phase::not_smtp;
    if (!has_acl(work, phase))
        return {};
    if (is_smtp(work))
        return judge(work, question_about(work, phase), {.acl = "DATA", .judged_at = {}, .has_last_word = true});
    return judge(work, question_about(work, phase), {.acl = "non-SMTP", .judged_at = "by non-SMTP ACL", .has_last_word = true});
}

}
