#include "router/hosts_file.h"

#include <sys/stat.h>

#include "common/config/source.h"

namespace gp::router {
namespace {

constexpr std::size_t largest = 4 * 1024 * 1024;

}

void HostsFile::refresh() const
{
    struct stat about {};
    if (path_.empty() || ::stat(path_.c_str(), &about) != 0)
        return;
    const std::int64_t modified = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
    if (modified == modified_)
        return;
    auto text = config::read_file(path_, largest);
    if (!text)
        return;
    modified_ = modified;
    names_.clear();
    by_address_.clear();
    for (auto line : split(*text, '\n')) {
        line = trim(line.substr(0, line.find('#')));
        const auto end = line.find_first_of(" \t");
        if (end == std::string_view::npos)
            continue;
        const auto address = net::Address::parse(line.substr(0, end));
        auto rest = trim(line.substr(end));
        while (address && !rest.empty()) {
            const auto blank = rest.find_first_of(" \t");
            names_[std::string(rest.substr(0, blank))].push_back(*address);
            by_address_[address->text()].emplace_back(rest.substr(0, blank));
            rest = blank == std::string_view::npos ? std::string_view{} : trim(rest.substr(blank));
        }
    }
}

std::vector<net::Address> HostsFile::find(std::string_view name) const
{
    refresh();
    const auto at = names_.find(name);
    return at == names_.end() ? std::vector<net::Address>{} : at->second;
}

std::vector<std::string> HostsFile::names_of(const net::Address& address) const
{
    refresh();
    const auto at = by_address_.find(address.text());
    return at == by_address_.end() ? std::vector<std::string>{} : at->second;
}

}
