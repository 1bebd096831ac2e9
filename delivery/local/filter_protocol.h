// transport_filter of an smtp transport. Remote executes nothing; it asks launcher, whose child becomes the user that the
// configuration has for it, runs the command, and leaves what that wrote in the message's own memory file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "delivery/local/program_protocol.h"

namespace gp::launcher {

// "What does it make of this message?" The words must be those of the configuration (Parameters::filters), which has
// the user, too. `message` has LF lines; when all went well it has the filter's output with CRLF lines afterwards.
struct FilterQuestion {
    static constexpr std::string_view name = "filter_message";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = ProgramReply; // without output: that is in `message`
    std::string transport;
    std::vector<std::string> words;
    std::vector<std::string> addresses; // for the word $pipe_addresses
    std::uint32_t timeout = 300;        // seconds; 0: none
    std::uint32_t uid = 0, gid = 0;     // launcher's own words to its child
    ipc::Fd message;
    static void fields(auto& self, auto&& field)
    {
        field("transport", self.transport);
        field("words", self.words);
        field("addresses", self.addresses);
        field("timeout", self.timeout);
        field("uid", self.uid);
        field("gid", self.gid);
        field("message", self.message);
    }
};

}
