#include "common/filter/outcome.h"

#include "common/base/text.h"
#include "common/mail/header_list.h"

namespace gp::filter {

std::string edited(const std::vector<HeaderEdit>& edits, const std::string& headers)
{
    auto parsed = mail::HeaderList::parse(headers + "\n");
    mail::HeaderList list = parsed ? std::move(parsed->headers) : mail::HeaderList{};
    list.set_line_end("\n");
    for (const auto& edit : edits) {
        if (!edit.remove) {
            list.add_bottom(edit.text);
            continue;
        }
        for (const auto name : split(edit.text, ':'))
            list.remove(trim(name));
    }
    return list.text();
}

}
