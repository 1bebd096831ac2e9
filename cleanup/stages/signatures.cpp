// DKIM signatures of a message that came by SMTP are verified: scan reads them and hashes what they cover, router finds
// the keys and runs acl_smtp_dkim (manual 58.3). A message without a signature costs the look at its headers' names.

#include "cleanup/content.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/stages/judging.h"
#include "cleanup/stages/stages.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

Result<scan::FindSignaturesReply> signatures_of(const Work& work)
{
    scan::FindSignatures question;
    question.headers = work.letter->header_text(); // as they came: ours are not signed
    question.most = work.parameters.dkim_signatures_max;
    TRY(put_body(work, question));
    return work.services.scan.call(question, event::Deadline::in(Duration{work.parameters.router_timeout * 1000}));
}

void tell_trouble(const Work& work, const std::string& what)
{
    const bool has_no_id = what == "EXCESS_SIGS"; // Exim notices it before there is one
    log::main((has_no_id ? "" : work.envelope.id + " ") + "DKIM: validation error: " + what);
    log::main(work.envelope.id + " DKIM: Error during validation, disabling signature verification: " + what);
}

bool is_switched_off(const Work& work)
{
    return std::ranges::find(work.state.controls, "dkim_disable_verify") != work.state.controls.end();
}

}

Ended verify_signatures(Work& work)
{
    const bool is_signed = work.letter && work.headers.has("DKIM-Signature");
    if (!is_smtp(work) || (!is_signed && !work.parameters.judges_unsigned) || is_switched_off(work))
        return {};
    auto question = question_about(work, router::Phase::dkim);
    if (is_signed) {
        auto found = signatures_of(work);
        if (!found)
            return trouble(work, "scan", found.error());
        if (!found->trouble.empty()) {
            tell_trouble(work, found->trouble);
            return {};
        }
        question.signatures = std::move(found->signatures);
    }
    auto ended = judge(work, question, {.acl = "DKIM", .judged_at = "DKIM "});
    for (const auto& variable : work.state.variables)
        if (variable.name == "dkim_overall")
            work.arrival.signed_by = variable.value;
    return ended;
}

}
