#include "common/mail/notes.h"

#include <algorithm>

#include "common/base/number.h"

namespace gp::mail {
namespace {

constexpr std::string_view replaced_prefix = "replaced_header_"; // and the number of the line behind it

}

void add_note(Envelope& envelope, std::string_view name, std::string value)
{
    envelope.variables.push_back({.name = std::string(name), .value = std::move(value), .tainted = true});
}

const std::string* find_note(const Envelope& envelope, std::string_view name)
{
    const auto at = std::ranges::find(envelope.variables, name, &Variable::name);
    return at == envelope.variables.end() ? nullptr : &at->value;
}

void remove_note(Envelope& envelope, std::string_view name)
{
    std::erase_if(envelope.variables, [&](const Variable& variable) { return variable.name == name; });
}

std::vector<std::string> all_notes(const Envelope& envelope, std::string_view name)
{
    std::vector<std::string> found;
    for (const auto& variable : envelope.variables)
        if (variable.name == name)
            found.push_back(variable.value);
    return found;
}

std::int64_t time_complete(const Envelope& envelope)
{
    const auto* text = find_note(envelope, note_complete);
    const auto value = text ? parse_integer(*text) : Result<std::int64_t>(0);
    return value && *value > 0 ? *value : 0;
}

void add_replaced(Envelope& envelope, const std::vector<ReplacedHeader>& headers)
{
    std::size_t octets = 0;
    for (const auto& header : headers) {
        octets += header.text.size();
        if (octets > most_replaced)
            return;
        add_note(envelope, std::string(replaced_prefix) + std::to_string(header.before), header.text);
    }
}

std::vector<ReplacedHeader> replaced_headers(const Envelope& envelope)
{
    std::vector<ReplacedHeader> found;
    for (const auto& variable : envelope.variables) {
        if (!variable.name.starts_with(replaced_prefix))
            continue;
        if (const auto before = parse_unsigned(std::string_view(variable.name).substr(replaced_prefix.size())))
            found.push_back({static_cast<std::size_t>(*before), variable.value});
    }
    return found;
}

}
