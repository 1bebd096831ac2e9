// Messages and an endpoint for the tests of channels and links.
#pragma once

#include "common/ipc/endpoint.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace gp::ipc {

struct Sum {
    std::int64_t sum = 0;
    static void fields(auto& self, auto&& field) { field("sum", self.sum); }
};
struct Add {
    static constexpr std::string_view name = "add";
    using Reply = Sum;
    std::int64_t a = 0, b = 0;
    static void fields(auto& self, auto&& field)
    {
        field("a", self.a);
        field("b", self.b);
    }
};

struct Text {
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};
// The answer is as the test's function says.
struct Echo {
    static constexpr std::string_view name = "echo";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = Text;
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

struct Passed {
    std::vector<Fd> fds;
    std::string text;
    static void fields(auto& self, auto&& field)
    {
        field("fds", self.fds);
        field("text", self.text);
    }
};
struct Pass {
    static constexpr std::string_view name = "pass";
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    using Reply = Passed;
    std::vector<Fd> fds;
    std::string text;
    static void fields(auto& self, auto&& field)
    {
        field("fds", self.fds);
        field("text", self.text);
    }
};

struct Tell {
    static constexpr std::string_view name = "tell";
    static constexpr std::size_t max_size = 1024 * 1024;
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

// Nobody serves this one.
struct Unknown {
    static constexpr std::string_view name = "unknown";
    using Reply = Done;
    static void fields(auto&, auto&&) {}
};

class Server : public Endpoint<Add, Echo, Pass, Tell> {
public:
    Result<Sum> answer(const Add& message, Channel&) override { return Sum{message.a + message.b}; }
    Result<Text> answer(const Echo& message, Channel& from) override
    {
        return on_echo ? on_echo(message, from) : Result<Text>{Text{message.text}};
    }
    Result<Passed> answer(const Pass& message, Channel&) override
    {
        return Passed{message.fds, message.text};
    }
    void notice(const Tell& message, Channel& from) override
    {
        EXPECT_FALSE(event::in_fiber());
        told.push_back(message.text);
        if (on_tell)
            on_tell(from);
    }
    void peer_gone(Channel&) override { ++gone; }

    std::function<Result<Text>(const Echo&, Channel&)> on_echo;
    std::function<void(Channel&)> on_tell;
    std::vector<std::string> told;
    int gone = 0;
};

}
