// /etc/hosts, for host names in route lists ("byname"); read again when it changes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.h"
#include "common/net/address.h"

namespace gp::router {

class HostsFile {
public:
    explicit HostsFile(std::string path) : path_(std::move(path)) {} // empty: there is none
    std::vector<net::Address> find(std::string_view name) const;
    std::vector<std::string> names_of(const net::Address& address) const; // the line's first name first

private:
    void refresh() const;
    std::string path_;
    mutable std::int64_t modified_ = -1;
    mutable std::map<std::string, std::vector<net::Address>, NocaseLess> names_;
    mutable std::map<std::string, std::vector<std::string>> by_address_;
};

}
