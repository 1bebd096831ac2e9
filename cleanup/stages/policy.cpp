// The ACL at the end of data: acl_smtp_data, or acl_not_smtp for local programs (manual 44.2).

#include "cleanup/stages/judging.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {

Ended ask_policy(Work& work)
{
    const auto phase = is_smtp(work) ? router::Phase::data : router::Phase::not_smtp;
    if (!has_acl(work, phase))
        return {};
    return judge(work, question_about(work, phase), {.acl = is_smtp(work) ? "DATA" : "non-SMTP", .judged_at = {}});
}

}
