#include "common/mail/host_words.h"

#include "common/base/port_list.h"
#include "common/base/text.h"

namespace gp::mail {
namespace {

constexpr std::size_t most_shown = 1024; // octets of one thing that a stranger said

HostWords usual;

std::string tame(std::string_view text)
{
    return escape(text.substr(0, most_shown), true);
}

}

HostWords usual_host_words()
{
    return usual;
}

void set_usual_host_words(const HostWords& with)
{
    usual = with;
}

std::string host_words(const Origin& origin, const HostWords& with)
{
    if (origin.host_address.empty())
        return tame(origin.ident.empty() ? "local process" : origin.ident);
    std::string out;
    const bool named = !origin.host_name.empty();
    if (named)
        out = tame(origin.host_name) + " ";
    if (!origin.helo_name.empty() && !(named && same_nocase(origin.helo_name, origin.host_name)))
        out += "(" + tame(origin.helo_name) + ") ";
    out += "[" + origin.host_address + "]";
    if (with.port && origin.host_port != 0)
        out += ":" + std::to_string(origin.host_port);
    if (with.interface && !origin.interface_address.empty()) {
        out += " I=[" + origin.interface_address + "]";
        if (is_in_port_list(with.ports, origin.interface_port))
            out += ":" + std::to_string(origin.interface_port);
    }
    if (!origin.ident.empty())
        out += " U=" + tame(origin.ident);
    return out;
}

std::string host_and_ident(const Origin& origin, const HostWords& with)
{
    return (origin.host_address.empty() ? "U=" : "H=") + host_words(origin, with);
}

}
