// Memory that only the start of a process needed: pages of programs and libraries that ran once, and heap
// that was freed. What is needed again after all comes back from the page cache by itself.
#pragma once

namespace gp::process {

// Costs some hundred microseconds here and as many page faults later: once, when a process has settled.
void give_back_memory();

}
