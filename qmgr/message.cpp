#include "qmgr/message.h"

#include <algorithm>

namespace gp::qmgr {
namespace {

const std::string null_path;

}

const std::string& Message::return_path(const Piece& piece) const
{
    if (piece.errors_to.empty())
        return envelope.sender;
    return piece.errors_to == "<>" ? null_path : piece.errors_to;
}

std::string Message::report_to(const Piece& piece) const
{
    const auto& one_time = envelope.recipients[piece.recipient].errors_to;
    if (piece.errors_to.empty() && !one_time.empty())
        return one_time;
    return return_path(piece);
}

Piece& Message::add_piece(std::uint32_t recipient, std::string_view address)
{
    auto& piece = pieces.emplace_back();
    piece.recipient = recipient;
    piece.address = address;
    ++open[recipient];
    ++unsettled;
    return piece;
}

void Message::finish(Piece& piece)
{
    if (open[piece.recipient] > 0 && --open[piece.recipient] == 0)
        envelope.recipients[piece.recipient].done = true;
}

void Message::settle_ignored()
{
    const auto is_over = [](const Piece& piece) {
        return piece.state == PieceState::delivered || piece.state == PieceState::discarded ||
               (piece.state == PieceState::failed && piece.recorded);
    };
    if (!originals_ignored || !std::ranges::all_of(pieces, is_over))
        return;
    for (auto& recipient : envelope.recipients)
        recipient.done = true;
}

bool Message::all_done() const
{
    return std::ranges::all_of(envelope.recipients, [](const mail::Recipient& r) { return r.done; });
}

std::size_t Message::recipients_left() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(envelope.recipients, [](const mail::Recipient& r) { return !r.done; }));
}

}
