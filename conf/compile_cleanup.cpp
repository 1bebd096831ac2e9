#include "cleanup/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<std::string> cleanup_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<cleanup::Parameters>();
    parameters.message_id_header_is_set = context.settings().is_set("message_id_header_domain") ||
                                          context.settings().is_set("message_id_header_text");
    parameters.received_header_text_is_set = context.settings().is_written("received_header_text");
    parameters.large_message = static_cast<std::uint64_t>(context.main().own.spool_large_message);
    parameters.phases = context.phases();
    // Letters of manual 31.9 that name headers; a rule without any letter is for all headers and the
    // envelope.
    for (const auto& rule : context.configuration.rewrite) {
        const bool names_header = rule.flags.find_first_of("bcfhrst") != std::string::npos;
        const bool names_envelope = rule.flags.find_first_of("EFTS") != std::string::npos;
        parameters.header_rewriting = parameters.header_rewriting || names_header || !names_envelope;
    }
    return ipc::encode(parameters);
}

}
