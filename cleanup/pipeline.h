// What happens to a message between its last octet and the commit, in one list.
#pragma once

#include <span>
#include <string_view>

#include "cleanup/work.h"

namespace gp::cleanup {

struct Stage {
    std::string_view name;
    Ended (*run)(Work&);
};

std::span<const Stage> stages();
Ended run_stages(Work& work);
// Those that make the headers what they will be, of a message that is refused whatever they say.
void run_header_stages(Work& work);
// The same without the recipients, which were found wanting.
void complete_for_sender(Work& work);

}
