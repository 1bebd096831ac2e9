// Networks: one ("192.0.2.0/24"), and many of them compiled so that a list of 10,000 costs no more
// to search than one of ten.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/net/address.h"

namespace gp::net {

class Cidr {
public:
    Cidr() = default;
    Cidr(const Address& address, unsigned bits); // bits beyond the width are the width

    // "192.0.2.0/24", "2001:db8::/32"; an address without a mask is a network of one. Host bits may be
    // set and do not count. Refuses masks wider than the address.
    static Result<Cidr> parse(std::string_view text);

    // An IPv4-mapped IPv6 address is looked at as the IPv4 address that it is, as Exim does.
    bool contains(const Address& address) const;

    const Address& base() const { return base_; }
    unsigned bits() const { return bits_; }
    std::string text() const; // "192.0.2.0/24"

    bool operator==(const Cidr&) const = default;

private:
    Address base_;
    unsigned bits_ = 32;
};

// Networks with a number each, for host lists: the number is the item's place in the list.
class NetworkTable {
public:
    // Of one network that is added twice the lower number counts.
    void add(const Cidr& network, std::uint32_t number);

    // The lowest number among all networks that contain the address: the first item that matches.
    std::optional<std::uint32_t> first_match(const Address& address) const;
    bool contains(const Address& address) const { return first_match(address).has_value(); }
    bool empty() const { return tables_.empty(); }
    std::size_t size() const;

private:
    // One table for each width and mask length that occurs; there are few.
    struct Table {
        bool v4;
        unsigned bits;
        std::unordered_map<Address, std::uint32_t, AddressHash> networks;
    };
    std::vector<Table> tables_;
};

}
