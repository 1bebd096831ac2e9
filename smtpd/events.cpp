// What happens to a connection is told to the main option event_action (manual 61): auth:fail, smtp:fail:protocol,
// smtp:fail:syntax, tls:fail:connect. Router expands it; what it says is of no interest, for all of them come after the fact.

#include "common/log/log.h"
#include "router/expansion_protocol.h"
#include "smtpd/session.h"

namespace gp::smtpd {

void Session::raise(std::string_view event, std::string_view data) const
{
    if (!parameters_.raises_events)
        return;
    router::ExpandOption question{.section = "main", .instance = {}, .option = "event_action"};
    question.origin = origin_;
    question.sender = transaction_.sender();
    question.variables = state_.variables;
    question.facts = {{"event_name", std::string(event)}, {"event_data", std::string(data)}};
    const auto told = reception_.router.call(question, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)));
    if (!told)
        log::warning("event_action " + std::string(event) + ": " + told.error().text);
}

}
