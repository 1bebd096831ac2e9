#include "delivery/bounce/template.h"

#include <utility>

#include "common/base/text.h"
#include "common/config/message_template.h"

namespace gp::bounce {
namespace {

using Kind = delivery::Report::Kind;

const std::vector<std::string>& items_for(const delivery::Report& report, const Parameters& parameters)
{
    static const std::vector<std::string> none;
    if (!report.items.empty())
        return report.items;
    if (report.kind == Kind::failure)
        return parameters.bounce_items;
    return report.kind == Kind::delay ? parameters.warn_items : none;
}

std::string waiting_recipients(const delivery::Report& report)
{
    std::string out;
    for (const auto& failure : report.failures)
        out += (out.empty() ? "" : ", ") + escape(failure.original.empty() ? failure.address : failure.original, true);
    return out;
}

}

Template::Template(const delivery::Report& report, const Parameters& parameters)
    : report_(report), parameters_(parameters), items_(items_for(report, parameters))
{
}

// conf/compile_bounce.cpp leaves texts with these variables and no others; router has expanded the rest. What comes from
// outside is one line.
std::string Template::item(std::size_t number) const
{
    if (number >= items_.size())
        return {};
    if (!report_.items.empty())
        return replace_all(items_[number], "\n", "\r\n");
    const std::pair<std::string_view, std::string> values[] = {
        {"bounce_recipient", escape(report_.to, true)},
        {"bounce_return_size_limit", std::to_string(parameters_.bounce_return_size_limit)},
        {"message_exim_id", report_.envelope.id},
        {"message_id", report_.envelope.id},
        {"primary_hostname", parameters_.primary_hostname},
        {"qualify_domain", parameters_.qualify_domain},
        {"return_size_limit", std::to_string(parameters_.bounce_return_size_limit)},
        {"sender_address", escape(report_.envelope.sender, true)},
        {"warn_message_delay", config::delay_text(report_.age)},
        {"warn_message_recipients", waiting_recipients(report_)},
    };
    std::string out;
    std::string_view rest = items_[number];
    for (auto at = rest.find('$'); at != std::string_view::npos; at = rest.find('$')) {
        out += rest.substr(0, at);
        rest.remove_prefix(at + 1);
        const bool in_braces = rest.starts_with('{');
        rest.remove_prefix(in_braces);
        std::size_t length = 0;
        while (length < rest.size() && (is_alnum(rest[length]) || rest[length] == '_'))
            ++length;
        for (const auto& [name, value] : values)
            if (name == rest.substr(0, length))
                out += value;
        rest.remove_prefix(std::min(rest.size(), length + in_braces));
    }
    out += rest;
    return replace_all(out, "\n", "\r\n");
}

}
