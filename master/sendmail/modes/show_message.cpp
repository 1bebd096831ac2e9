// -Mvh, -Mvb, -Mvc: what a queued message has in it.
#include "common/base/text.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int show(const Options& options, const Instance& instance)
{
    if (auto good = check_ids(options.arguments, options.mode); !good)
        return complain(good.error());
    auto shown = ask(instance, qmgr::Show{.id = options.arguments[0], .content = true}, short_wait);
    if (!shown)
        return complain(shown.error());
    std::string text = options.mode == "-Mvb" ? std::string{} : shown->headers;
    if (options.mode == "-Mvc")
        text += "\r\n";
    if (options.mode != "-Mvh")
        text += shown->body;
    text = replace_all(std::move(text), "\r\n", "\n");
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

int obey(const Options& options)
{
    return with_suite(options, show);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-Mvb", .run = obey, .doc = "show a message's body"}},
    RegisterMode{{.name = "-Mvc", .run = obey, .doc = "show a message as it is"}},
    RegisterMode{{.name = "-Mvh", .run = obey, .doc = "show a message's headers"}},
};

}
}
