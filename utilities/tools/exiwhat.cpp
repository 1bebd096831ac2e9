// exiwhat: what each process is doing (manual 54.1): the services of the suite, and the messages under way. Nobody is
// sent a signal: the board on which the services write is read.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "utilities/front_end.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

using Json = nlohmann::json;

std::vector<std::string> with(std::vector<std::string> words, const std::string& config)
{
    if (!config.empty())
        words.insert(words.end(), {"-C", config});
    return words;
}

void show_processes(const Json& processes)
{
    for (const auto& process : processes) {
        const auto sessions = process.value("sessions", std::int64_t{0});
        const auto service = process.value("service", std::string{});
        std::printf("%6lld %s/%lld %s, %lld session%s under way\n", static_cast<long long>(process.value("pid", std::int64_t{0})),
                    service.c_str(), static_cast<long long>(process.value("number", std::int64_t{0})),
                    process.value("state", std::string{}).c_str(), static_cast<long long>(sessions), sessions == 1 ? "" : "s");
    }
}

int run(const Call& call)
{
    const bool has_config = call.arguments.size() == 2 && call.arguments[0] == "-C";
    if (!call.arguments.empty() && !has_config)
        return std::fputs("usage: exiwhat [-C FILE]\n", stderr), 1;
    const std::string config = has_config ? call.arguments[1] : "";
    const auto program = call.directory + "/gatepost";
    const auto text = answer_of(program, with({"status", "--json"}, config), "");
    if (!text)
        return fail("exiwhat", 1, text.error().text);
    const auto status = Json::parse(*text, nullptr, false);
    if (!status.is_object() || !status.value("running", false)) {
        std::printf("No exim process data\n");
        return 1;
    }
    std::printf("%6lld daemon: %s, up %lld s\n", static_cast<long long>(status.value("pid", std::int64_t{0})),
                status.value("instance", std::string{}).c_str(), static_cast<long long>(status.value("uptime", std::int64_t{0})));
    show_processes(status["processes"]);
    const auto active = answer_of(program, with({"queue", "list", "--state", "active"}, config), "");
    if (active)
        std::fwrite(active->data(), 1, active->size(), stdout);
    return 0;
}

const RegisterTool self{Tool{.name = "exiwhat", .text = "what each process is doing", .run = run}};

}

}
