// A channel that hears whatever a peer may say: frames of all kinds, cut anywhere. It serves, or closes;
// the process goes on.
//
// Input: the octets that the peer sends. An octet 0xff at a place divisible by 64 begins a new write.

#include "common/ipc/channel.h"

#include "common/ipc/endpoint.h"
#include "common/log/log.h"

#include <sys/socket.h>

namespace gp::ipc {
namespace {

struct Answer {
    std::string text;
    std::vector<Fd> fds;
    static void fields(auto& self, auto&& field)
    {
        field("text", self.text);
        field("fds", self.fds);
    }
};
struct Question {
    static constexpr std::string_view name = "q";
    using Reply = Answer;
    std::string text;
    std::vector<std::uint32_t> numbers;
    static void fields(auto& self, auto&& field)
    {
        field("text", self.text);
        field("numbers", self.numbers);
    }
};
struct Remark {
    static constexpr std::string_view name = "n";
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

class Listener final : public Endpoint<Question, Remark> {
public:
    Result<Answer> answer(const Question& message, Channel&) override { return Answer{message.text, {}}; }
    void notice(const Remark&, Channel&) override {}
};

void converse(std::string_view octets)
{
    event::Loop::Limits small;
    small.pooled_stacks = 4;
    event::Loop loop{small};
    Listener listener;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        panic("there are sockets");
    OwnedFd peer{ends[0]};
    const auto channel = Channel::open(OwnedFd{ends[1]}, "peer", &listener);
    auto begun = loop.spawn("peer", [&] {
        auto call = channel->call(Question{"we ask, too", {}}, event::Deadline::in(Duration{0}));
        while (!octets.empty()) {
            auto part = octets.substr(0, 64);
            while (part.size() < octets.size() && octets[part.size()] != '\xff')
                part = octets.substr(0, part.size() + 64);
            [[maybe_unused]] const auto written = ::write(peer.get(), part.data(), part.size());
            octets.remove_prefix(part.size());
            event::yield();
            event::yield();
        }
        peer.reset();
        for (int i = 0; channel->is_open() && i < 1000; ++i)
            event::yield();
        if (channel->is_open())
            panic("a channel whose peer has gone is closed");
    });
    if (!begun)
        panic("one fiber is possible");
    loop.run_until_idle();
}

}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    gp::log::set_sink([](const gp::log::Entry&) {});
    gp::ipc::converse({reinterpret_cast<const char*>(data), size});
    return 0;
}
