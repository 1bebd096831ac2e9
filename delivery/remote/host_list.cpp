#include "delivery/remote/host_list.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/net/cidr.h"

namespace gp::remote {
namespace {

// One item without its "!" (manual 10.12 to 10.14).
ListMatch match_item(std::string_view item, std::string_view host_name, const net::Address& address)
{
    const auto answer = [](bool matches) { return matches ? ListMatch::yes : ListMatch::no; };
    if (item == "*")
        return ListMatch::yes;
    if (item.empty()) // an empty item is a local process, which no remote host is
        return ListMatch::no;
    if (item.find_first_of("+^@/;") == 0 || item.find(';') != item.npos)
        return ListMatch::ask;
    if (const auto network = net::Cidr::parse(item))
        return answer(network->contains(address));
    if (item.find_first_of("/$\\{") != item.npos)
        return ListMatch::ask;
    if (item.front() == '*')
        return answer(ends_nocase(host_name, item.substr(1)));
    return answer(same_nocase(host_name, item));
}

}

ListMatch match_host_list(std::string_view list, std::string_view host_name, const net::Address& address)
{
    config::ListCursor cursor{list};
    std::string item;
    bool last_was_negative = false;
    while (cursor.next(item)) {
        std::string_view body = item;
        last_was_negative = body.starts_with('!');
        if (last_was_negative)
            body = trim_left(body.substr(1));
        const auto found = match_item(body, host_name, address);
        if (found == ListMatch::ask)
            return ListMatch::ask;
        if (found == ListMatch::yes)
            return last_was_negative ? ListMatch::no : ListMatch::yes;
    }
    // Manual 10.3: a list that ends in a negated item is as if "*" stood behind it.
    return last_was_negative ? ListMatch::yes : ListMatch::no;
}

Result<bool> HostLists::match(std::string_view option, std::string_view list, std::string_view host_name,
                              const net::Address& address) const
{
    const auto found = match_host_list(list, host_name, address);
    if (found != ListMatch::ask)
        return found == ListMatch::yes;
    if (!ask_)
        return temporary("router is needed for the host list " + std::string(option) + ", and cannot be asked");
    auto answer = ask_(option, host_name, address);
    if (!answer)
        return temporary("the host list " + std::string(option) + " could not be checked: " + answer.error().text);
    return answer;
}

}
