#include "cleanup/expand_main.h"
#include "router/expansion_protocol.h"

namespace gp::cleanup {

Result<std::string> expand_main(const Work& work, std::string_view option)
{
    router::ExpandOption question;
    question.section = "main";
    question.option = option;
    question.message_id = work.envelope.id;
    question.origin = work.envelope.origin;
    question.sender = work.envelope.sender;
    question.recipients = recipients_to_ask_about(work);
    question.variables = work.state.variables;
    question.headers = work.headers.text();
    question.size = question.headers.size() + work.body_size;
    auto answer = TRY(work.services.router.call(
        question, event::Deadline::in(Duration{std::int64_t{work.parameters.router_timeout} * 1000})));
    return answer.forced_failure ? std::string{} : std::move(answer.text);
}

}
