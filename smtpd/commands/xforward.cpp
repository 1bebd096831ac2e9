// XFORWARD (postfix.org, XFORWARD_README): a filter behind which we are says whose message it brings, for the log alone.
// Decisions are about the filter itself, as before; XCLIENT is what changes those. Whoever may say the one may say the
// other (hosts_xclient).

#include <array>

#include "common/base/text.h"
#include "smtpd/proxy_attributes.h"
#include "smtpd/proxy_header.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_value = 255; // of one attribute
constexpr std::array attributes = {"NAME"sv, "ADDR"sv, "PORT"sv, "PROTO"sv, "HELO"sv, "IDENT"sv, "SOURCE"sv};
using Values = std::array<std::string, attributes.size()>;
enum Attribute : std::size_t { name, address, port, protocol, helo, ident, source };

Status check(std::size_t which, const std::string& value)
{
    if (which == port)
        TRY(proxied_port(value));
    if (which == source && !same_nocase(value, "LOCAL") && !same_nocase(value, "REMOTE"))
        return permanent("bad source");
    return {};
}

// What does not fit into one command comes in several, and what is said again is said anew.
Result<Values> read(std::string_view argument, Values values)
{
    TRY(each_attribute(argument, longest_value, [&](std::string_view word, const std::string& value) -> Status {
        const auto which = std::ranges::find_if(attributes, [&](auto known) { return same_nocase(known, word); });
        if (which == attributes.end())
            return permanent("unknown attribute");
        const auto index = static_cast<std::size_t>(which - attributes.begin());
        if (is_unknown_attribute(value)) {
            values[index].clear();
            return {};
        }
        TRY(check(index, value));
        values[index] = index == address ? TRY(attribute_address(value)) : value;
        return {};
    }));
    return values;
}

// As a host is told in the log: "name (helo) [address]:port P=protocol id".
std::string words_of(const Values& values)
{
    std::string out = values[name];
    const auto add = [&](const std::string& value, std::string_view before, std::string_view after) {
        if (!value.empty())
            out += (out.empty() ? "" : " ") + std::string(before) + value + std::string(after);
    };
    add(values[helo], "(", ")");
    add(values[address], "[", "]");
    if (!values[port].empty())
        out += ":" + values[port];
    add(values[protocol], "P=", "");
    add(values[ident], "id=", "");
    return out;
}

}

std::string Session::forwarded_words() const
{
    return words_of(forwarded_);
}

smtp::Reply Session::xforward(std::string_view argument)
{
    if (!greeting_->offers_xclient || is_xclient_proxy_)
        return protocol_error("XFORWARD command used when not advertised");
    if (transaction_.has_sender())
        return protocol_error("not permitted in mail transaction");
    auto values = read(argument, forwarded_);
    if (!values)
        return syntax_error(501, "5.5.4", "XFORWARD: " + values.error().text, values.error().text);
    forwarded_ = std::move(values).take();
    return {250, "2.0.0", "OK"};
}

}
