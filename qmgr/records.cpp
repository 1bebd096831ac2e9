#include "qmgr/records.h"

#include <algorithm>

#include "common/base/json.h"

namespace gp::qmgr {
namespace {

constexpr std::int64_t per_millisecond = 1000;

using Members = std::vector<std::pair<std::string, std::string>>;

void put(Members& members, const char* name, std::string_view value)
{
    if (!value.empty())
        members.emplace_back(name, json_quoted(value));
}

struct Sign {
    std::string_view sign, outcome;
};
constexpr Sign signs[] = {
    {"=>", "delivered"}, {"->", "delivered"}, {"*>", "pretended"}, {"==", "deferred"}, {"**", "failed"}};

// What stands behind the id: "=> address ...".
std::string_view outcome_of(std::string_view event)
{
    const auto known = std::ranges::find(signs, event.substr(0, 2), &Sign::sign);
    if (known == std::end(signs) || event.size() < 3 || event[2] != ' ')
        return {};
    return event.starts_with("=> :blackhole:") ? "discarded" : known->outcome;
}

Members about(std::string_view kind, const mail::Envelope& envelope, std::int64_t now)
{
    Members members = {{"kind", json_quoted(kind)},
                       {"id", json_quoted(envelope.id)},
                       {"time_ms", std::to_string(now / per_millisecond)},
                       {"received_ms", std::to_string(envelope.received / per_millisecond)},
                       {"sender", json_quoted(envelope.sender)}};
    put(members, "protocol", envelope.origin.protocol);
    put(members, "host", envelope.origin.host_address);
    put(members, "login", envelope.origin.authenticated_id);
    put(members, "user", envelope.origin.login);
    return members;
}

Members finished(const mail::Envelope& envelope, std::uint64_t size, std::int64_t now)
{
    auto members = about("finished", envelope, now);
    members.emplace_back("size", std::to_string(size));
    members.emplace_back("recipients", std::to_string(envelope.recipients.size()));
    return members;
}

}

std::string outcome_record(const Message& message, const Piece& piece, std::string_view line, std::int64_t now)
{
    const auto event = line.substr(std::min(line.size(), message.id.view().size() + 1));
    const auto outcome = outcome_of(event);
    if (outcome.empty())
        return {};
    auto members = about("outcome", message.envelope, now);
    put(members, "outcome", outcome);
    put(members, "address", piece.address);
    if (const auto& recipient = message.envelope.recipients[piece.recipient].address; recipient != piece.address)
        put(members, "recipient", recipient);
    put(members, "router", piece.router);
    put(members, "transport", piece.transport);
    if (outcome == "deferred" || outcome == "failed")
        if (const auto text = event.find(": "); text != std::string_view::npos)
            put(members, "text", event.substr(text + 2));
    return json_object(members);
}

std::string finished_record(const Message& message, std::int64_t now)
{
    auto members = finished(message.envelope, message.shown_size(), now);
    std::string addresses; // of its last attempt
    for (const auto& piece : message.pieces)
        addresses += (addresses.empty() ? "" : ",") + json_quoted(piece.address);
    members.emplace_back("addresses", "[" + addresses + "]");
    return json_object(members);
}

std::string removed_record(const mail::Envelope& envelope, std::uint64_t size, const std::string& who, std::int64_t now)
{
    auto members = finished(envelope, size, now);
    put(members, "removed_by", who);
    return json_object(members);
}

}
