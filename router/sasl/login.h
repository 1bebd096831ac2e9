// One login that the Cyrus SASL library judges.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "router/sasl/wire.h"

struct sasl_conn;

namespace gp::sasl {

class Login {
public:
    // `words`: the first ones of router (wire.h). What is wrong with them is told as the answer to the first step.
    explicit Login(const Words& words);
    ~Login();
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;

    // The first step without an answer is a mechanism whose server speaks first, or a client that waits for it.
    Words step(const std::optional<std::string>& octets);

private:
    Words verdict(int code) const;
    Words conclude() const;
    std::string user() const;
    std::string mechanism_, trouble_;
    sasl_conn* connection_ = nullptr;
    bool has_begun_ = false;
};

}
