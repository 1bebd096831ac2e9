// Retry rules with look-ups, named lists or expansions in them: router, which has the files, is asked whether they hold
// the addresses and hosts of a message, before the rules are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "qmgr/core.h"
#include "qmgr/grouping.h"

namespace gp::qmgr {

// Asks about those of the subjects that nothing is known of; without such rules it does nothing. What router cannot
// tell stays unknown, and is asked again the next time. Suspends.
void ask_retry_lists(Core& core, Message& message, const std::function<std::vector<std::string>()>& subjects_of);

// What rules may be looked for by, of what waits for its retry time: before the message is routed …
std::vector<std::string> retry_subjects_of_recipients(const Core& core, const Message& message);
// … of what router found no way for …
std::vector<std::string> retry_subjects_of(const std::vector<Grouping::Unplaced>& unplaced);
// … of its deliveries …
std::vector<std::string> retry_subjects_of_deliveries(const Core& core, const Message& message);
// … and of what an agent could not deliver; `pieces` are its targets.
std::vector<std::string> retry_subjects_of(const Message& message, const std::vector<std::uint32_t>& pieces, const delivery::DeliverReply& reply);

}
