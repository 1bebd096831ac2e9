// Debug logs (control = debug, manual 44.20): what one session makes a service think, in a file of its own beside the
// other logs, while other sessions of the same process are served.
//
//     log::DebugScope scope;                       // one question of a session; ends with it
//     log::debug_into({.tag = ".192.0.2.1"});      // from here on its debugging output goes to debuglog.192.0.2.1
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gp::log {

struct DebugLog {
    std::string tag;            // behind "debuglog" in the file's name
    std::string session;        // whose it is: what is kept back, and what triggers it, is each session's own
    std::string facets;         // as -d has them, on top of what -d alone selects
    std::uint32_t held = 0;     // pretrigger: so many octets are kept, and written when something triggers it; 0: written at once
    bool panic_triggers = false;

    // In a session's state, between its questions.
    std::string packed() const;
    static std::optional<DebugLog> unpacked(std::string_view text);
};

// Who runs now, for a process that serves many at once: a fiber. Where this was never said nothing is debugged.
void set_debug_owner(std::function<const void*()> who);

// What debug_into() began ends with it; without one around it, debug_into() begins nothing.
class DebugScope {
public:
    DebugScope();
    ~DebugScope();
    DebugScope(const DebugScope&) = delete;
    DebugScope& operator=(const DebugScope&) = delete;
};

void debug_into(DebugLog log);
void debug_no_more();  // control = debug/stop
void debug_trigger();  // what was kept is written, and all that follows
void debug_forget();   // control = debug/kill: the file is removed
void trigger_by_panic();

// How such a line travels to the log service: what to do, the tag, the session, a number and the text, between line
// ends.
enum class DebugDoes : char { write = 'w', hold = 'h', trigger = 't', forget = 'k' };

// Between this and log.cpp.
namespace detail {
class Facets;
const Facets* facets_of_running(); // null: nothing is debugged for who runs now
void tell_running(std::string_view text);
void write_debug_line(std::string_view text);
}

}
