// What the ACLs asked to add and to remove (manual 44.24, 44.25): removals first, then additions in the
// order in which they were asked for. Our own Received: is there before them: what is added at the very start
// stands above it. What was asked for until DATA is done before the ACLs of the message run, which see it.

#include <utility>

#include "cleanup/stages/stages.h"

namespace gp::cleanup {

Ended edit_early_headers(Work& work)
{
    if (work.state.header_edits.empty())
        return {};
    auto ended = edit_headers(work);
    work.state.header_edits.clear();
    return ended;
}

Ended edit_headers(Work& work)
{
    using Where = router::HeaderEdit::Where;
    for (const auto& edit : work.state.header_edits)
        if (edit.where == Where::remove) // no wildcards here
            work.headers.remove_if([&](const mail::Header& header) { return header.is(edit.text); });
    if (!work.received_header.empty() && !std::exchange(work.has_received, true))
        work.headers.add_top(work.received_header); // places are told from it
    for (const auto& edit : work.state.header_edits) {
        switch (edit.where) {
        case Where::remove:
            break;
        case Where::end:
            work.headers.add_bottom(edit.text);
            break;
        case Where::start:
            work.headers.add_top(edit.text);
            break;
        case Where::after_received:
            work.headers.add_after_received(edit.text);
            break;
        case Where::before_first:
            work.headers.add_before_first(edit.text);
            break;
        }
    }
    return {};
}

}
