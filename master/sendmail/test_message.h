// A message from a file or from standard input, for modes that look at one without taking it in.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "router/message_scene.h"

namespace gp::sendmail {

struct TestMessage {
    std::string separator; // a leading "From " line, with its newline; mostly empty
    std::string sender;  // of that line
    bool has_blank_line = false; // one parts headers and body
    std::string headers; // LF line ends, without the empty line behind them
    std::string body;

    static constexpr std::size_t largest = 256 * 1024 * 1024;
    static Result<TestMessage> read(const std::string& file);
    static TestMessage parse(std::string text);

    // Borrows what is here. `from` is the sender that the command line names.
    router::MessageFacts facts(std::string_view from) const;
};

}
