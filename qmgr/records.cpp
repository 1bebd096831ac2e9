#include "qmgr/records.h"

#include "common/base/json.h"

namespace gp::qmgr {
namespace {

constexpr std::int64_t per_millisecond = 1000;

std::string_view name_of(const Piece& piece)
{
    switch (piece.state) {
    case PieceState::delivered: return "delivered";
    case PieceState::discarded: return piece.failure ? "failed" : "discarded";
    case PieceState::failed: return "failed";
    case PieceState::deferred: return "deferred";
    default: return "waiting";
    }
}

std::string address_of(const Message& message, const Piece& piece)
{
    const auto& recipient = message.envelope.recipients[piece.recipient];
    std::vector<std::pair<std::string, std::string>> members = {{"address", json_quoted(piece.address)},
                                                                {"outcome", json_quoted(name_of(piece))}};
    const auto put = [&](const char* name, std::string_view value) {
        if (!value.empty())
            members.emplace_back(name, json_quoted(value));
    };
    if (recipient.address != piece.address)
        put("recipient", recipient.address);
    put("router", piece.router);
    put("transport", piece.transport);
    if (piece.failure && piece.state != PieceState::delivered)
        put("text", piece.failure->text);
    else if (piece.state == PieceState::deferred)
        put("text", piece.reason);
    return json_object(members);
}

}

std::string record_of(const Message& message, std::string_view kind, std::int64_t now)
{
    const auto& envelope = message.envelope;
    const auto& origin = envelope.origin;
    std::string addresses;
    std::uint64_t delivered = 0, failed = 0, deferred = 0;
    for (const auto& piece : message.pieces) {
        addresses += (addresses.empty() ? "" : ",") + address_of(message, piece);
        const auto outcome = name_of(piece);
        delivered += outcome == "delivered";
        failed += outcome == "failed";
        deferred += outcome == "deferred";
    }
    std::vector<std::pair<std::string, std::string>> members = {
        {"kind", json_quoted(kind)},
        {"id", json_quoted(message.id.view())},
        {"time_ms", std::to_string(now / per_millisecond)},
        {"received_ms", std::to_string(message.received / per_millisecond)},
        {"sender", json_quoted(envelope.sender)},
        {"size", std::to_string(message.size)},
        {"recipients", std::to_string(envelope.recipients.size())},
        {"delivered", std::to_string(delivered)},
        {"failed", std::to_string(failed)},
        {"deferred", std::to_string(deferred)},
    };
    const auto put = [&](const char* name, std::string_view value) {
        if (!value.empty())
            members.emplace_back(name, json_quoted(value));
    };
    put("protocol", origin.protocol);
    put("host", origin.host_address);
    put("login", origin.authenticated_id);
    put("user", origin.login);
    members.emplace_back("addresses", "[" + addresses + "]");
    return json_object(members);
}

}
