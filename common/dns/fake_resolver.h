// Answers from a zone text instead of the network: for tests.
//
//     ; comment
//     example.org      300 MX    10 mx1.example.org
//     mx1.example.org  A         192.0.2.1
//   AD secure.example  A         192.0.2.2        validated
//     broken.example   SERVFAIL                   also: REFUSED, TIMEOUT (waits for the deadline)
//     empty.example    NODATA                     exists, has nothing
//     www.example      CNAME     web.example
//     t.example        TXT       "a b" "c"
//
// A name that is not there does not exist, unless a longer name ends in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/dns/resolver.h"

namespace gp::dns {

class FakeResolver final : public Resolver {
public:
    FakeResolver() = default;
    static Result<FakeResolver> parse(std::string_view zone);
    explicit FakeResolver(std::string_view zone); // panics where parse() would refuse
    Result<Answer> lookup(std::string_view name, Type type, event::Deadline until) override;

    std::size_t asked = 0; // look-ups so far

private:
    enum class Trouble { none, servfail, refused, timeout, nodata };
    struct Line {
        Record record;
        bool secure = false;
        Trouble trouble = Trouble::none;
    };
    static Result<Line> parse_line(std::string_view line);
    std::vector<Line> lines_;
};

}
