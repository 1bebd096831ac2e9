#include "common/net/cidr.h"

#include "common/base/number.h"
#include "common/base/text.h"

#include <algorithm>

namespace gp::net {

Cidr::Cidr(const Address& address, unsigned bits)
    : base_(address.masked(std::min(bits, address.width()))), bits_(std::min(bits, address.width()))
{
}

Result<Cidr> Cidr::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = TRY(Address::parse(text.substr(0, slash)));
    if (slash == text.npos)
        return Cidr{address, address.width()};
    const auto bits = parse_unsigned(text.substr(slash + 1));
    if (!bits || *bits > address.width())
        return permanent("\"" + escape(text.substr(0, Address::max_text)) + "\" has a mask that is not a number from 0 to " +
                         std::to_string(address.width()));
    return Cidr{address, static_cast<unsigned>(*bits)};
}

bool Cidr::contains(const Address& address) const
{
    if (address.is_v4() == base_.is_v4())
        return address.masked(bits_) == base_;
    return address.is_v4_mapped() && contains(address.unmapped());
}

std::string Cidr::text() const
{
    return base_.text() + "/" + std::to_string(bits_);
}

void NetworkTable::add(const Cidr& network, std::uint32_t number)
{
    const bool v4 = network.base().is_v4();
    auto table = std::ranges::find_if(
        tables_, [&](const Table& one) { return one.v4 == v4 && one.bits == network.bits(); });
    if (table == tables_.end())
        table = tables_.insert(tables_.end(), Table{v4, network.bits(), {}});
    auto [at, added] = table->networks.try_emplace(network.base(), number);
    if (!added)
        at->second = std::min(at->second, number);
}

std::optional<std::uint32_t> NetworkTable::first_match(const Address& address) const
{
    const Address plain = address.unmapped();
    std::optional<std::uint32_t> best;
    const auto look = [&](const Address& subject) {
        for (const auto& table : tables_) {
            if (table.v4 != subject.is_v4())
                continue;
            const auto at = table.networks.find(subject.masked(table.bits));
            if (at != table.networks.end() && (!best || at->second < *best))
                best = at->second;
        }
    };
    look(plain);
    if (plain.is_v4() != address.is_v4())
        look(address); // a network that is itself written in mapped form
    return best;
}

std::size_t NetworkTable::size() const
{
    std::size_t total = 0;
    for (const auto& table : tables_)
        total += table.networks.size();
    return total;
}

}
