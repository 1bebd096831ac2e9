#include "router/header_steps.h"

#include "common/base/text.h"
#include "common/mail/header_list.h"

namespace gp::router {
namespace {

void replay(const std::vector<mail::HeaderStep>& steps, mail::HeaderList& list, std::vector<std::string>* removed)
{
    for (const auto& step : steps) {
        if (!step.remove) {
            list.add_bottom(step.text);
            continue;
        }
        for (const auto item : split(step.text, ':')) {
            const auto name = trim(item);
            if (name.empty())
                continue;
            list.remove(name);
            if (removed)
                removed->emplace_back(name);
        }
    }
}

}

std::string with_steps(const std::vector<mail::HeaderStep>& steps, std::string_view headers)
{
    auto parsed = mail::HeaderList::parse(replace_all(std::string(headers), "\r\n", "\n") + "\n");
    mail::HeaderList list = parsed ? std::move(parsed->headers) : mail::HeaderList{};
    list.set_line_end("\n");
    replay(steps, list, nullptr);
    return list.text();
}

void take_steps(const std::vector<mail::HeaderStep>& steps, Delivery& delivery)
{
    mail::HeaderList added;
    added.set_line_end("\n");
    std::vector<std::string> removed;
    replay(steps, added, &removed);
    for (const auto& name : delivery.headers_remove)
        added.remove(name);
    auto text = added.text();
    for (const auto& change : delivery.header_changes)
        text = replace_all(std::move(text), replace_all(change.before, "\r\n", "\n"), replace_all(change.after, "\r\n", "\n"));
    delivery.headers_add = text + delivery.headers_add;
    delivery.headers_remove.insert(delivery.headers_remove.end(), removed.begin(), removed.end());
}

}
