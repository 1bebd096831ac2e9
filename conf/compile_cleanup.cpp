#include "cleanup/parameters.h"
#include "conf/compile.h"
#include "conf/milters.h"
#include "router/policy_protocol.h"

namespace gp::conf {

namespace {

constexpr std::uint64_t most_milter_answer = 12ull * 1024 * 1024; // what a frame between services holds

}

Result<std::string> cleanup_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<cleanup::Parameters>();
    parameters.message_id_header_is_set = context.settings().is_set("message_id_header_domain") ||
                                          context.settings().is_set("message_id_header_text");
    parameters.received_header_text_is_set = context.settings().is_written("received_header_text");
    parameters.large_message = static_cast<std::uint64_t>(context.main().own.spool_large_message);
    parameters.phases = context.phases();
    parameters.log_selector = context.main().logging.log_selector;
    if (context.settings().is_set("sender_logins")) // From: is judged with the message
        parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::data);
    if (!context.settings().expandable("message_size_limit").is_constant())
        parameters.message_size_limit = 0; // whoever takes the message in has asked router
    // A rule for addresses as SMTP commands give them is not for the message.
    for (const auto& rule : context.configuration.rewrite)
        parameters.rewriting |= rule.flags.find_first_not_of("SqQRw") != std::string::npos ||
                                rule.flags.find('S') == std::string::npos;
    parameters.judges_unsigned = context.settings().is_written("dkim_verify_signers") && context.settings().is_set("acl_smtp_dkim");
    parameters.remote_uid = TRY(context.uid_of("remote"));
    parameters.milter_sets = TRY(milter_sets(context));
    parameters.milter_answer_limit = std::min(parameters.milter_answer_limit, most_milter_answer);
    return ipc::encode(parameters);
}

}
