#include "master/control/queue/text.h"

#include <cstdio>
#include <ctime>

#include "common/base/text.h"
#include "master/control/table.h"

namespace gp::control {
namespace {

std::string time_text(std::int64_t seconds)
{
    if (seconds <= 0)
        return "-";
    const std::time_t when = static_cast<std::time_t>(seconds);
    std::tm local{};
    ::localtime_r(&when, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

}

std::string as_json(const qmgr::Listed& message)
{
    std::string out = "{\"id\":" + json_quoted(message.id) + ",\"sender\":" + json_quoted(message.sender) +
                      ",\"size\":" + std::to_string(message.size) +
                      ",\"received\":" + std::to_string(message.received / 1'000'000) +
                      ",\"next_try\":" + std::to_string(message.next_try) +
                      ",\"frozen\":" + (message.frozen ? "true" : "false") +
                      ",\"active\":" + (message.active ? "true" : "false") + ",\"reason\":" + json_quoted(message.reason) +
                      ",\"queue\":" + json_quoted(message.queue) +
                      ",\"paced_by\":" + json_quoted(message.paced_by) + ",\"pace_until\":" + std::to_string(message.pace_until) +
                      ",\"recipients\":[";
    for (const auto& recipient : message.recipients)
        out += (out.ends_with('[') ? "" : ",") + ("{\"address\":" + json_quoted(recipient.address)) +
               ",\"done\":" + (recipient.done ? "true" : "false") + "}";
    return out + "]}";
}

std::string as_text(const qmgr::Listed& message)
{
    std::string out = message.id + "  " + time_text(message.received / 1'000'000) + "  " + std::to_string(message.size) +
                      "  <" + escape(message.sender, true) + ">" + (message.frozen ? "  frozen" : "") +
                      (message.active ? "  active" : "") + (message.queue.empty() ? "" : "  in queue " + escape(message.queue)) + "\n";
    for (const auto& recipient : message.recipients)
        out += std::string("    ") + (recipient.done ? "D " : "  ") + escape(recipient.address, true) + "\n";
    if (!message.reason.empty())
        out += "      " + escape(message.reason, true) + " (next try " + time_text(message.next_try) + ")\n";
    if (!message.paced_by.empty())
        out += "      waits for the pace of " + escape(message.paced_by, true) + ", which lets the next one through " +
               (message.pace_until > 0 ? "at " + time_text(message.pace_until) : "when a delivery ends") + "\n";
    return out;
}

void put(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}
