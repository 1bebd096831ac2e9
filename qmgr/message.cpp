#include "qmgr/message.h"

#include <algorithm>
#include <utility>

#include "common/mail/notes.h"

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

Owner Message::owner() const
{
    return owner_of(envelope.sender, mail::find_note(envelope, mail::note_bulk) != nullptr);
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
    const auto close_one = [&](std::uint32_t recipient) {
        if (open[recipient] > 0 && --open[recipient] == 0)
            envelope.recipients[recipient].done = true;
    };
    close_one(piece.recipient);
    for (const auto rider : std::exchange(piece.riders, {}))
        close_one(rider);
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

bool Message::replace_by_one_time()
{
    const auto waits = [](const Piece& piece) { return piece.state == PieceState::deferred; };
    const auto before = envelope.recipients.size();
    for (std::uint32_t i = 0; i < before; ++i) {
        if (is_done(i))
            continue;
        std::vector<const Piece*> waiting;
        for (const auto& piece : pieces)
            if (piece.recipient == i && waits(piece))
                waiting.push_back(&piece);
        if (waiting.size() != open[i] || std::ranges::any_of(waiting, [](const Piece* p) { return p->one_time.empty(); }))
            continue; // something of it is in other states, or lies below a redirection that is looked at again
        for (const auto* piece : waiting) {
            const auto known = std::ranges::any_of(envelope.recipients.begin() + static_cast<std::ptrdiff_t>(before),
                                                   envelope.recipients.end(), [&](const mail::Recipient& other) {
                                                       return other.address == piece->one_time;
                                                   });
            if (known)
                continue;
            auto made = envelope.recipients[i];
            if (made.original.empty())
                made.original = made.address;
            made.address = piece->one_time;
            // That errors were to be ignored is not kept with a recipient, in Exim neither: its reports go to the sender.
            made.errors_to = piece->errors_to == "<>" ? std::string{} : piece->errors_to;
            envelope.recipients.push_back(std::move(made));
        }
        envelope.recipients[i].done = true;
    }
    if (envelope.recipients.size() == before)
        return false;
    open.resize(envelope.recipients.size());
    recorded.resize(envelope.recipients.size());
    return true;
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
