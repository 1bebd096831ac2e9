#include "common/config/roff.h"

#include "common/base/text.h"

namespace gp::config {
namespace {

// A backslash and a hyphen mean something anywhere, a dot or an apostrophe at the start of a line.
std::string tame(std::string_view text)
{
    std::string out;
    bool at_start = true;
    for (char c : text) {
        if (at_start && (c == '.' || c == '\''))
            out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
        at_start = c == '\n';
    }
    return out;
}

std::string upper(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return out;
}

}

Roff::Roff(std::string_view name, std::string_view section, std::string_view what)
{
    out_ = ".TH " + upper(name) + " " + std::string(section) + " \"\" \"Gatepost " GATEPOST_VERSION "\"\n.SH NAME\n" +
           tame(name) + " \\- " + tame(what) + "\n";
}

Roff& Roff::heading(std::string_view text)
{
    out_ += ".SH " + tame(text) + "\n";
    return *this;
}

Roff& Roff::subheading(std::string_view text)
{
    out_ += ".SS " + tame(text) + "\n";
    return *this;
}

Roff& Roff::paragraph(std::string_view text)
{
    out_ += ".PP\n" + tame(text) + "\n";
    return *this;
}

Roff& Roff::item(std::string_view term, std::string_view text)
{
    out_ += ".TP\n.B " + tame(term) + "\n" + tame(text) + "\n";
    return *this;
}

Roff& Roff::example(std::string_view text)
{
    out_ += ".PP\n.nf\n" + tame(text) + (text.ends_with('\n') ? "" : "\n") + ".fi\n";
    return *this;
}

}
