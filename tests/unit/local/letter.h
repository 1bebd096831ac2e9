// One local delivery in the test's own process: options as a transport would have them, a message, and what became
// of it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "delivery/local/job.h"
#include "delivery/local/transport.h"
#include "tests/support/temp_dir.h"

namespace gp::local {

class Letter : public testing::Test {
protected:
    Letter()
    {
        message_.headers = "Subject: hello\r\nFrom: a@src.example\r\n";
        message_.body = "one\r\nFrom here\r\n.dot\r\n";
        message_.body_size = message_.body.size();
        request_.id = "1xUmKG-0004kp-2T";
        request_.sender = "s@src.example";
        request_.received = 1'000'000'000;
        request_.instruction.transport = "t";
        request_.instruction.user = "joe";
        request_.targets = {{.unique = "joe@here.example", .address = "joe@here.example", .original = "joe@here.example"}};
        parameters_.primary_hostname = "host.example";
    }
    void option(const std::string& name, const std::string& value) { request_.instruction.options.push_back({name, value}); }

    delivery::Outcome deliver(const std::string& driver)
    {
        const auto drivers = Registry<Transport>::linked();
        const auto* transport = drivers.find(driver);
        EXPECT_NE(transport, nullptr);
        const Options options{request_.instruction.options};
        const Job job{.request = request_, .message = message_, .parameters = parameters_, .options = options, .letters = &letters_};
        auto reply = transport->deliver(job);
        EXPECT_EQ(reply.outcomes.size(), request_.targets.size());
        return reply.outcomes.at(0);
    }
    // Whether a message of that many octets would have room.
    Status room(const std::string& driver, std::uint64_t size)
    {
        const auto drivers = Registry<Transport>::linked();
        const auto* transport = drivers.find(driver);
        EXPECT_TRUE(transport && transport->room);
        delivery::Deliver request = request_;
        request.size = size;
        const spoold::Fetched nothing;
        const Options options{request.instruction.options};
        return transport->room({.request = request, .message = nothing, .parameters = parameters_, .options = options, .only_room = true});
    }
    // The names in a directory, in their order.
    static std::vector<std::string> names(const std::string& path)
    {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path))
            found.push_back(entry.path().filename());
        std::sort(found.begin(), found.end());
        return found;
    }

    test::TempDir directory_;
    delivery::Deliver request_;
    spoold::Fetched message_;
    launcher::Parameters parameters_;
    std::vector<std::string> letters_; // to be submitted afterwards
};

}
