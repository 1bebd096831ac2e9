#include "router/header_steps.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/mail/header_list.h"
#include "common/rewrite/rules.h"

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

std::string wire_form(const mail::Header& header)
{
    return replace_all(replace_all(header.text(), "\r\n", "\n"), "\n", "\r\n");
}

void rename_domains(const std::vector<std::pair<std::string, std::string>>& names, const expand::Headers& headers,
                    Delivery& delivery)
{
    for (const auto& line : headers.lines()) {
        const mail::Header before{std::string(line.whole)};
        const auto known = std::ranges::find(delivery.header_changes, wire_form(before), &HeaderChange::before);
        const bool is_known = known != delivery.header_changes.end();
        auto now = is_known ? mail::Header(replace_all(known->after, "\r\n", "\n")) : before;
        for (const auto& [old, other] : names)
            if (auto changed = rewrite::with_domain(now, old, other))
                now = mail::Header(std::move(*changed));
        if (is_known)
            known->after = wire_form(now);
        else if (!(now == before))
            delivery.header_changes.push_back({wire_form(before), wire_form(now)});
    }
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
