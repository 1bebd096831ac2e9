// The queue by domain and age, as Postfix's qshape prints it: where does it pile up, and since when?
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "qmgr/protocol.h"

namespace gp::control {

class Shape {
public:
    static constexpr std::array<std::int64_t, 9> limits = {5, 10, 20, 40, 80, 160, 320, 640, 1280}; // minutes

    // By the domains of recipients that are not done, or by the sender's.
    explicit Shape(bool by_sender) : by_sender_(by_sender) {}
    void add(const qmgr::Listed& message, std::int64_t now);
    std::string text() const;
    std::string json() const;

private:
    struct Row {
        std::uint64_t total = 0;
        std::array<std::uint64_t, limits.size() + 1> by_age{};
    };
    void count(const std::string& domain, std::size_t column);

    bool by_sender_;
    Row all_;
    std::map<std::string, Row> domains_;
};

}
