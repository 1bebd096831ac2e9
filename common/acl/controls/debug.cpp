// control = debug: a log of what this session makes router think (manual 44.20), in a file "debuglog" with a tag of its
// own behind it. It lasts until the session ends, or something stops it.

#include "common/acl/modifier.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/debug_log.h"

namespace gp::acl {
namespace {

constexpr std::uint32_t most_held = 64 * 1024;

enum class Order { start, stop, kill, trigger };

// "opts=+expand": unknown facets are nobody's.
Status read_option(std::string_view option, log::DebugLog& into, Order& order)
{
    const auto equals = std::min(option.find('='), option.size());
    const auto name = trim(option.substr(0, equals));
    const auto value = equals == option.size() ? std::string_view{} : trim(option.substr(equals + 1));
    if (name == "stop" || name == "kill") {
        order = name == "stop" ? Order::stop : Order::kill;
    } else if (name == "tag") {
        into.tag = escape(value, true);
    } else if (name == "opts") {
        into.facets = escape(value, true);
    } else if (name == "trigger" && value == "now") {
        order = Order::trigger;
    } else if (name == "trigger" && value == "paniclog") {
        into.panic_triggers = true;
    } else if (const auto octets = parse_unsigned(value); name == "pretrigger" && octets) {
        into.held = static_cast<std::uint32_t>(std::min<std::uint64_t>(*octets, most_held));
    } else {
        return misconfigured("control = debug has no option \"" + escape(option) + "\": tag=, opts=, pretrigger=, trigger=now, "
                             "trigger=paniclog, stop and kill are those");
    }
    return {};
}

std::optional<log::DebugLog> take_running(std::vector<std::string>& switches)
{
    std::optional<log::DebugLog> found;
    std::erase_if(switches, [&](const std::string& one) {
        auto log = log::DebugLog::unpacked(one);
        if (log)
            found = std::move(log);
        return log.has_value();
    });
    return found;
}

Status debug(Context& context, std::string_view options)
{
    log::DebugLog wanted;
    auto order = Order::start;
    for (const auto option : split(options, '/'))
        if (!trim(option).empty())
            TRY(read_option(trim(option), wanted, order));
    auto& switches = context.state.switches;
    auto running = take_running(switches);
    if (order == Order::stop) {
        log::debug_no_more();
    } else if (order == Order::kill) {
        log::debug_forget();
    } else if (order == Order::trigger && running) {
        log::debug_trigger();
        running->held = 0;
        switches.push_back(running->packed());
        log::debug_into(std::move(*running));
    } else if (order == Order::start) {
        if (context.scene.origin)
            wanted.session = context.scene.origin->connection_id;
        switches.push_back(wanted.packed());
        log::debug_into(std::move(wanted));
    }
    return {};
}

const RegisterControl self{{.name = "debug", .takes_options = true, .apply = debug,
                            .doc = "What this session makes router think is written into a debug log: tag, opts, pretrigger, trigger, stop, kill."}};

}
}
