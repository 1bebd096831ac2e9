// The files of messages that are being judged: "scan/ID/…" of the spool directory, as Exim has them. Only where the
// configuration has parts decoded may this process write there; they go when the message has been judged.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::scan {

class Scratch {
public:
    static Scratch below(const std::string& spool_directory) { return Scratch{spool_directory + "/scan"}; }
    explicit Scratch(std::string directory) : directory_(std::move(directory)) {}

    // Makes the file, anew when it is there; `write` is given a sink for its octets. Its path.
    using Sink = std::function<Status(std::string_view)>;
    Result<std::string> make(const std::string& id, const std::string& name, const std::function<Status(const Sink&)>& write) const;
    void forget(const std::string& id) const;
    // What a fall of somebody has left behind.
    void forget_older_than(std::int64_t seconds) const;

private:
    std::string directory_;
};

}
