// Every service of the fake suite: which one it is, its first argument says. smtpd greets a client with what
// router answers; a client's line is an order: "die" ends smtpd by a signal, "router-die" ends router, "hang"
// keeps the session open; "cleanup" asks cleanup, which asks remote.

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "common/event/line_reader.h"
#include "common/ipc/endpoint.h"
#include "common/service/boot.h"

namespace gp {
namespace {

struct Said {
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

struct Say {
    static constexpr std::string_view name = "say";
    static constexpr bool repeatable = true;
    using Reply = Said;
    std::string what;
    static void fields(auto& self, auto&& field) { field("what", self.what); }
};

class Router final : public ipc::Endpoint<Say> {
public:
    std::string greeting;
    ipc::Link* remote = nullptr; // of cleanup
    Result<Said> answer(const Say& message, ipc::Channel&) override
    {
        if (message.what == "die")
            ::abort();
        if (remote)
            return remote->call(message, event::Deadline::in(Duration{2000}));
        return Said{greeting + " router=" + std::to_string(::getpid())};
    }
};

constexpr Duration patience{5000};

void serve_client(service::Client client, ipc::Link& router, ipc::Link& cleanup, const std::string& greeting)
{
    event::FdStream stream{std::move(client.socket)};
    event::LineReader lines{stream};
    const auto until = [] { return event::Deadline::in(patience); };
    for (std::string ask = "hello";;) {
        const auto said = (ask == "cleanup" ? cleanup : router).call(Say{ask}, until());
        const auto text = greeting + " smtpd=" + std::to_string(::getpid()) + " says " +
                          (said ? said->text : "nothing: " + said.error().text) + "\n";
        if (!stream.write(text, until()))
            return;
        const auto line = lines.read_line(100, event::Deadline::in(patience * 4));
        if (!line || line->eof)
            return;
        if (line->text == "die")
            ::abort();
        ask = line->text == "router-die" ? "die" : line->text == "cleanup" ? "cleanup" : "hello";
    }
}

}
}

int main(int argc, char** argv)
{
    using namespace gp;
    const std::string_view whole = argc > 0 ? argv[0] : "";
    const auto name = whole.substr(whole.find(' ') + 1, whole.find('/') - whole.find(' ') - 1);
    service::Boot boot{name, argc, argv};
    if (boot.block("params") == "die-at-start")
        return 78;
    const std::string greeting{boot.block("params")};
    auto jailed = std::move(boot).enter_jail();
    Router router;
    router.greeting = greeting;
    service::Serving serving{.endpoint = &router};
    if (name == "smtpd")
        serving.on_client = [&](service::Client client) {
            serve_client(std::move(client), jailed.dial("router"), jailed.dial("cleanup"), greeting);
        };
    if (name == "cleanup")
        router.remote = &jailed.dial("remote");
    return jailed.serve(serving);
}
