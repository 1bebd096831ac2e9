// -Mvh, -Mvb, -Mvc: what a queued message has in it. The first two show what Exim's spool files would have.
#include <unistd.h>

#include "common/base/text.h"
#include "common/spool/exim_export.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t chunk = 64 * 1024;

void print(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

// With Unix line ends; a CR at the end of a piece waits for what follows it.
void print_file(int file)
{
    std::string rest, piece(chunk, '\0');
    for (;;) {
        const auto got = ::read(file, piece.data(), piece.size());
        if (got <= 0)
            break;
        rest.append(piece, 0, static_cast<std::size_t>(got));
        const bool waits = rest.ends_with('\r');
        print(replace_all(rest.substr(0, rest.size() - waits), "\r\n", "\n"));
        rest = waits ? "\r" : "";
    }
    print(rest);
}

// In Exim's words.
int does_not_exist(std::string_view mode, const std::string& id)
{
    if (mode == "-Mvc")
        std::printf("Spool data file for %s does not exist\n", id.c_str());
    else
        std::printf("Failed to open input file for %s%s: No such file or directory\n", id.c_str(), mode == "-Mvh" ? "-H" : "-D");
    return 1;
}

int show_one(const Options& options, const Instance& instance, const std::string& id)
{
    auto shown = ask(instance, qmgr::Show{.id = id, .content = true}, short_wait);
    if (!shown && shown.error().cause == Cause::not_found)
        return does_not_exist(options.mode, id);
    if (!shown)
        return complain(shown.error());
    if (options.mode == "-Mvh") {
        print(spool::exim_header_file(shown->envelope, shown->headers, shown->message.attempted));
        return 0;
    }
    print(options.mode == "-Mvb" ? id + "-D\n" : replace_all(shown->headers + "\r\n", "\r\n", "\n"));
    if (shown->large)
        print_file(shown->large.get());
    else
        print(replace_all(std::move(shown->body), "\r\n", "\n"));
    return 0;
}

// Exim shows one; with more, each begins with its name.
int show(const Options& options, const Instance& instance)
{
    if (auto good = check_ids(options.arguments, options.mode); !good)
        return complain(good.error());
    int status = 0;
    for (const auto& id : options.arguments)
        if (const int failed = show_one(options, instance, id))
            status = failed;
    return status;
}

int obey(const Options& options)
{
    return with_suite(options, show);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-Mvb", .run = obey, .doc = "show a message's body"}},
    RegisterMode{{.name = "-Mvc", .run = obey, .doc = "show a message as it is"}},
    RegisterMode{{.name = "-Mvh", .run = obey, .doc = "show a message's envelope and headers, as Exim keeps them"}},
};

}
}
