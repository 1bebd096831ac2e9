#include "tests/unit/router/house.h"

#include <sys/stat.h>

#include <fstream>

#include "router/message_scene.h"

namespace gp::router {
namespace {

constexpr std::string_view transports = R"(
begin transports
smtp:
  driver = smtp
file:
  driver = appendfile
  file = /nowhere/box
  user = 2000
  group = 2000
pipe:
  driver = pipe
  user = 2000
  group = 2000
)";

std::string host_text(const Host& host)
{
    std::string text = " " + host.name;
    for (const auto& address : host.addresses)
        text += "[" + address + "]";
    if (host.port)
        text += ":" + std::to_string(host.port);
    if (host.mx >= 0)
        text += "/" + std::to_string(host.mx);
    return text;
}

}

House::House(const std::string& configuration, std::string_view zone) : resolver_(zone)
{
    std::string text = configuration;
    if (text.find("begin transports") == std::string::npos)
        text += transports;
    auto loaded = conf::load({.name = "test.conf", .text = text}, {.host_name = "host.example"});
    if (!loaded) {
        refused_ = loaded.problems.text();
        return;
    }
    Parameters parameters{.own_addresses = {"192.0.2.250"}, .smtp_ports = {25}, .read_hosts_file = false};
    auto made = World::make(loaded.configuration, parameters, resolver_, clock_);
    if (made)
        world_ = std::move(made).take();
    else
        refused_ = made.error().text;
}

Routed House::routed(const std::string& address, Purpose::Kind kind, const std::string& sender, const std::string& headers)
{
    Routed routed;
    EXPECT_EQ(refused_, "");
    if (!world_)
        return routed;
    test::run_fiber([&] {
        const mail::Origin origin;
        const std::vector<mail::Variable> variables;
        MessageScene message{*world_, origin, variables, {.sender = sender, .headers = headers}};
        routed = world_->chain().route(address, 0, {.sender = sender, .purpose = {kind}, .base = &message.scene()});
    });
    return routed;
}

namespace {

std::string as_text(const Routed& result)
{
    std::string text;
    for (const auto& one : result.deliveries) {
        text += one.address + ": " + one.router + " > " + one.transport;
        for (const auto& host : one.hosts)
            text += host_text(host);
        text += "\n";
    }
    constexpr std::string_view words[] = {"failed", "deferred", "discarded"};
    for (const auto& one : result.unrouted) {
        text += one.address + ": " + (one.router.empty() ? "-" : one.router) + " " +
                std::string(words[static_cast<std::size_t>(one.why)]) + (one.freeze ? " frozen" : "") +
                (one.text.empty() ? "" : ": ") + one.text + "\n";
    }
    return text;
}

}

std::string House::route(const std::string& address, Purpose::Kind kind, const std::string& sender, const std::string& headers)
{
    return as_text(routed(address, kind, sender, headers));
}

std::string House::route_here(const std::string& address)
{
    const mail::Origin origin;
    const std::vector<mail::Variable> variables;
    MessageScene message{*world_, origin, variables, {.sender = "s@sender.example"}};
    return as_text(world_->chain().route(address, 0, {.sender = "s@sender.example", .base = &message.scene()}));
}

std::string write_file(const test::TempDir& directory, const std::string& name, const std::string& content, unsigned mode)
{
    const auto path = directory.path() + "/" + name;
    std::ofstream{path} << content;
    ::chmod(path.c_str(), mode);
    return path;
}

}
