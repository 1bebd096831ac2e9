// bounce_message_file and warn_message_file (manual chapter 50): texts with lines of four asterisks between them. They
// are read with the configuration; here the variables in them get their values, unless router has expanded them for qmgr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/bounce/parameters.h"
#include "delivery/protocol.h"

namespace gp::bounce {

class Template {
public:
    // Of this kind of report; nothing is replaced where no file is configured.
    Template(const delivery::Report& report, const Parameters& parameters);

    bool is_there() const { return !items_.empty(); }
    // The item with CRLF lines and its variables replaced; empty when the file has no such item. The first one is 0.
    std::string item(std::size_t number) const;

private:
    const delivery::Report& report_;
    const Parameters& parameters_;
    const std::vector<std::string>& items_;
};

}
