#include "common/ipc/detail/call_table.h"

namespace gp::ipc {
namespace {

// The number on the wire: 20 bits of slot below, 12 bits of turn above.
constexpr std::uint32_t slot_bits = 20;
constexpr std::uint32_t slot_mask = (1u << slot_bits) - 1;
constexpr std::uint32_t turn_mask = (1u << (32 - slot_bits)) - 1;

}

std::optional<std::uint32_t> CallTable::open(Call& call)
{
    if (free_.empty()) {
        if (slots_.size() >= most)
            return std::nullopt;
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const auto index = free_.back();
    free_.pop_back();
    auto& slot = slots_[index];
    slot.call = &call;
    slot.state = State::waiting;
    slot.turn = (slot.turn + 1) & turn_mask;
    ++waiting_;
    return slot.turn << slot_bits | index;
}

CallTable::Slot* CallTable::find(std::uint32_t number)
{
    const auto index = number & slot_mask;
    if (index >= slots_.size())
        return nullptr;
    auto& slot = slots_[index];
    return slot.state != State::free && slot.turn == number >> slot_bits ? &slot : nullptr;
}

void CallTable::abandon(std::uint32_t number)
{
    auto* slot = find(number);
    if (!slot || slot->state != State::waiting)
        return;
    slot->state = State::abandoned;
    slot->call = nullptr;
    --waiting_;
    ++abandoned_;
}

void CallTable::release(std::uint32_t index)
{
    auto& slot = slots_[index];
    --(slot.state == State::waiting ? waiting_ : abandoned_);
    slot.state = State::free;
    slot.call = nullptr;
    free_.push_back(index);
}

CallTable::Match CallTable::take(std::uint32_t number)
{
    const auto* slot = find(number);
    if (!slot)
        return {Found::never_asked, nullptr};
    const Match match{slot->state == State::waiting ? Found::waiting : Found::abandoned, slot->call};
    release(number & slot_mask);
    return match;
}

std::vector<Call*> CallTable::take_all()
{
    std::vector<Call*> calls;
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        if (slots_[index].state == State::waiting)
            calls.push_back(slots_[index].call);
        if (slots_[index].state != State::free)
            release(index);
    }
    return calls;
}

}
