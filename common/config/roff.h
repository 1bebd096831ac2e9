// Manual pages, written from the tables that the programs use: the macros of man(7), with what is said kept
// from being taken for one.
#pragma once

#include <string>
#include <string_view>

namespace gp::config {

class Roff {
public:
    // NAME(section) and its one line: "gatepost.conf", "5", "the configuration of Gatepost".
    Roff(std::string_view name, std::string_view section, std::string_view what);

    Roff& heading(std::string_view text);                         // .SH
    Roff& subheading(std::string_view text);                      // .SS
    Roff& paragraph(std::string_view text);
    Roff& item(std::string_view term, std::string_view text);     // .TP, the term in bold
    Roff& example(std::string_view text);                         // as it stands
    const std::string& text() const { return out_; }

private:
    std::string out_;
};

}
