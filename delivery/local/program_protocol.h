// A program that the configuration names, run as the user that it names, for its words: queryprogram routers and
// ${run. Router executes nothing; it asks launcher, whose child becomes the user and runs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::launcher {

struct ProgramReply {
    bool timed_out = false;
    bool started = true;    // false: `code` is what the kernel said
    bool signalled = false; // by signal `code`
    std::int32_t code = 0;  // the exit status
    bool too_much = false;  // it wrote more than the bound
    std::string output;     // standard output, of ${run standard error too, up to a bound
    std::string failure;    // why the child could not become the user or run anything; empty: it did
    static constexpr std::size_t max_size = 5 * 1024 * 1024;
    static void fields(auto& self, auto&& field)
    {
        field("timed_out", self.timed_out);
        field("started", self.started);
        field("signalled", self.signalled);
        field("code", self.code);
        field("too_much", self.too_much);
        field("output", self.output);
        field("failure", self.failure);
    }
};

// "What does it say?" It must be what the configuration names (Parameters::programs, Parameters::queries).
struct ProgramQuestion {
    static constexpr std::string_view name = "run_program";
    static constexpr std::size_t max_size = 256 * 1024;
    using Reply = ProgramReply;
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::string> words;
    std::string directory;
    std::uint32_t timeout = 3600; // seconds; 0: none
    bool is_expansion = false;    // ${run: the environment that the configuration gives, standard error is output
    static void fields(auto& self, auto&& field)
    {
        field("uid", self.uid);
        field("gid", self.gid);
        field("words", self.words);
        field("directory", self.directory);
        field("timeout", self.timeout);
        field("is_expansion", self.is_expansion);
    }
};

}
