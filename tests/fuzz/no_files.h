// A ground for the expansion language on which no file of this machine is opened by name.
#pragma once

#include "tests/unit/expand/ground.h"

namespace gp::fuzz {

class NoFiles final : public expand::Files {
public:
    Result<expand::FileStatus> status(const std::string&) override { return misconfigured("No such file or directory", Cause::not_found); }
    Result<expand::FileContent> open(const std::string&, std::size_t) override { return misconfigured("No such file or directory", Cause::not_found); }
    Room room(const std::string&) override { return {}; }
};

inline expand::Ground& ground_without_files()
{
    static NoFiles none;
    static expand::Ground made{"example.org MX 10 mx.example.org\nmx.example.org A 192.0.2.1\n"};
    made.world.effects.files = &none;
    return made;
}

}
