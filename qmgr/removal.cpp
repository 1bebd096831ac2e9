#include "qmgr/removal.h"

#include "common/log/journal.h"
#include "common/log/log.h"
#include "qmgr/events.h"
#include "qmgr/log_lines.h"
#include "qmgr/records.h"

namespace gp::qmgr {

gp::Status remove_message(Core& core, Recorder& recorder, const QueueId& id, const mail::Envelope& envelope, const std::string& who)
{
    TRY(recorder.write({.kind = spoold::Record::Kind::message_done, .id = id.text()}));
    const auto* entry = core.index.find(id);
    const auto size = entry ? entry->shown_size() : 0;
    core.index.erase(id);
    core.removals.erase(id);
    if (core.parameters.raises_events)
        tell_of_removal(core, envelope, who);
    core.say_surely(remark_line(id.view(), "removed by " + who));
    log::main(completed_line(core.selector, id.view(), core.on_queue(envelope)));
    if (core.parameters.message_records)
        log::journal(removed_record(envelope, size, who, core.microseconds()));
    return {};
}

}
