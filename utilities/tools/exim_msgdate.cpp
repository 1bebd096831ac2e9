// exim_msgdate: when a message was received, by its id.
#include <cstdio>
#include <ctime>

#include "common/mainlog/line.h"
#include "utilities/options.h"
#include "utilities/queue_listing.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text = "usage: exim_msgdate [-u|--utc|--GMT] [-e|--epoch] [--iso] ID ...\n";
const std::vector<OptionRow> rows = {{'u', "utc", false},   {'u', "GMT", false}, {'e', "epoch", false},
                                     {'i', "iso", false},   {'h', "help", false}};

void print(const std::string& id, const Options& options)
{
    const auto seconds = static_cast<std::time_t>(arrival_of(id));
    if (options.find('e')) {
        std::printf("%s\t%lld\n", id.c_str(), static_cast<long long>(seconds));
        return;
    }
    std::tm parts{};
    if (options.find('u'))
        ::gmtime_r(&seconds, &parts);
    else
        ::localtime_r(&seconds, &parts);
    char text[64];
    std::strftime(text, sizeof text, options.find('i') ? "%Y-%m-%d %H:%M:%S %z" : "%a %b %e %H:%M:%S %Z %Y", &parts);
    std::printf("%s\t%s\n", id.c_str(), text);
}

int run(const Call& call)
{
    const auto options = parse_options(call.arguments, rows);
    if (!options || options->rest.empty() || options->find('h')) {
        std::fputs(usage_text, options && options->find('h') ? stdout : stderr);
        return options && options->find('h') ? 0 : 1;
    }
    int status = 0;
    for (const auto& id : options->rest) {
        if (mainlog::id_length(id) != id.size() || id.empty())
            status = fail("exim_msgdate", 1, "\"" + id + "\" is not a message id");
        else
            print(id, *options);
    }
    return status;
}

const RegisterTool self{Tool{.name = "exim_msgdate", .text = "when a message was received, by its id", .run = run}};

}

}
