// A router in the test's own process: a configuration as text, a zone in place of name servers, and what becomes
// of an address as lines that read well in a test.
//
//     House house{"begin routers\n…", "mx.example A 192.0.2.1\n"};
//     EXPECT_EQ(house.route("a@b.example"), "a@b.example: r1 > smtp mx.example[192.0.2.1]\n");
#pragma once

#include <gtest/gtest.h>

#include "common/dns/fake_resolver.h"
#include "router/world.h"
#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

namespace gp::router {

class House {
public:
    explicit House(const std::string& configuration, std::string_view zone = {});

    // All deliveries and failures, a line each: "ADDRESS: ROUTER > TRANSPORT HOST[ADDRESS]*" or
    // "ADDRESS: ROUTER failed|deferred|discarded: TEXT".
    std::string route(const std::string& address, Purpose::Kind kind = Purpose::Kind::deliver,
                      const std::string& sender = "s@sender.example", const std::string& headers = {});
    Routed routed(const std::string& address, Purpose::Kind kind = Purpose::Kind::deliver,
                  const std::string& sender = "s@sender.example", const std::string& headers = {});
    // The same where a loop and a fiber are there already.
    std::string route_here(const std::string& address);
    // Why the configuration was refused; empty when it was not.
    const std::string& refused() const { return refused_; }
    const World& world() const { return *world_; }

private:
    dns::FakeResolver resolver_;
    SystemClock clock_;
    std::unique_ptr<World> world_;
    std::string refused_;
};

// What a file of redirection data holds, for tests that name it by path.
std::string write_file(const test::TempDir& directory, const std::string& name, const std::string& content, unsigned mode = 0600);

}
