// What is remembered of hosts, domains and addresses that failed is forgotten: the next attempt does not wait for their time.

#include "common/base/text.h"
#include "qmgr/operators.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t page = 1000;

// A part of the key that stands for itself: "mx.example" of "T:mx.example:192.0.2.1" and of "R:ann@mx.example".
bool names(std::string_view key, std::string_view what)
{
    const auto begins = [&](std::size_t at) { return at > 0 && (key[at - 1] == ':' || key[at - 1] == '@' || key[at - 1] == '['); };
    const auto ends = [&](std::size_t at) { return at == key.size() || key[at] == ':' || key[at] == ']' || key[at] == '/' || key[at] == '+'; };
    for (std::size_t at = 0; at < key.size(); ++at) {
        const auto found = find_nocase(key.substr(at), what);
        if (found == std::string_view::npos)
            return false;
        at += found;
        if (begins(at) && ends(at + what.size()))
            return true;
    }
    return false;
}

}

Result<OperateReply> Operator::forget(const Operate& order)
{
    if (!caller_.is_admin)
        return permanent("only an administrator may have retry times forgotten");
    if (order.arguments.empty() || order.arguments.front().empty())
        return permanent("whose retry times? A host, an address of one, a domain or a mail address");
    OperateReply reply;
    for (const auto& what : order.arguments) {
        std::vector<std::string> keys;
        std::string last;
        for (;;) {
            const auto records = core_.book->page(last, page);
            for (const auto& [key, value] : records)
                if (names(key, what))
                    keys.push_back(key);
            if (records.size() < page)
                break;
            last = records.back().first;
            event::yield();
        }
        for (const auto& key : keys)
            core_.book->succeeded(key);
        core_.routes.clear();
        const auto told = "retry times of " + escape(what) + " forgotten: " + std::to_string(keys.size()) + " records";
        if (!keys.empty()) {
            core_.book->flush();
            core_.say_surely(told + " by " + name_of(order, {}));
        }
        reply.failed += keys.empty();
        reply.lines.push_back(keys.empty() ? "no retry times of " + escape(what) + " are known" : told);
    }
    return reply;
}

}
