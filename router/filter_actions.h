// What a filter asked for, as addresses on their way: the same for a user's filter and the system's.
#pragma once

#include "common/filter/outcome.h"
#include "common/filter/words.h"
#include "router/candidate.h"

namespace gp::router {

// Without a transport yet. A name that has a stranger's words in it is an error of the child alone.
Candidate candidate_of_action(filter::Action action);

// Taken at the first run: a program is linked with what it is linked with.
const filter::Words& linked_filter_words();

}
