#include "router/spool_form.h"

#include "common/ipc/codec.h"
#include "common/mail/envelope.h"
#include "router/spool_form_protocol.h"

namespace gp::router {

void add_spool_form(const expand::Scene& scene, std::vector<Option>& options)
{
    mail::Envelope envelope;
    if (scene.origin)
        envelope.origin = *scene.origin;
    if (scene.acl_variables)
        envelope.variables = *scene.acl_variables;
    if (scene.message) {
        envelope.longest_line = static_cast<std::uint32_t>(scene.message->max_received_linelength);
        envelope.manual_thaw = scene.message->is_manually_thawed;
        envelope.smtputf8 = scene.message->smtputf8;
        if (scene.message->is_first_delivery)
            options.push_back({std::string(first_delivery), "yes"});
    }
    options.push_back({std::string(spool_envelope), ipc::encode(envelope)});
    options.push_back({"batch_max", "1000"});
}

}
