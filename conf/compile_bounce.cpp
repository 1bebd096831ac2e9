#include <array>

#include "common/base/text.h"
#include "common/config/source.h"
#include "common/process/identity.h"
#include "conf/compile.h"
#include "delivery/bounce/parameters.h"

namespace gp::conf {

ReportOwner report_owner(const Context& context)
{
    const auto row = std::ranges::find(context.table, "bounce", &ServiceRow::name);
    const auto owner = row == context.table.end() ? Owner{} : context.owners.of(*row);
    ReportOwner out{owner.uid == static_cast<uid_t>(-1) ? context.caller_uid : owner.uid,
                    owner.gid == static_cast<gid_t>(-1) ? context.caller_gid : owner.gid,
                    {}};
    if (const auto user = process::find_user(out.uid))
        out.login = user->name;
    return out;
}

namespace {

constexpr std::size_t longest_template = 64 * 1024;

// What delivery/bounce/template.cpp has a value for.
bool is_template_variable(std::string_view name)
{
    constexpr std::array known = {"bounce_recipient", "bounce_return_size_limit", "message_exim_id", "message_id",
                                  "primary_hostname", "qualify_domain", "return_size_limit", "sender_address",
                                  "warn_message_delay", "warn_message_recipients"};
    return std::ranges::find(known, name) != known.end();
}

Status check_template(std::string_view text, std::string_view file)
{
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
        auto name = text.substr(at + 1);
        if (name.starts_with('{'))
            name.remove_prefix(1);
        std::size_t length = 0;
        while (length < name.size() && (is_alnum(name[length]) || name[length] == '_'))
            ++length;
        if (!is_template_variable(name.substr(0, length)))
            return misconfigured(std::string(file) + ": \"$" + escape(text.substr(at + 1, 20)) +
                                 "\": a template may name $bounce_recipient, $sender_address, $message_exim_id, "
                                 "$warn_message_delay, $warn_message_recipients, $bounce_return_size_limit, "
                                 "$primary_hostname and $qualify_domain, and no other expansion");
    }
    return {};
}

// Manual 50: items with lines of four asterisks between them.
// A file that is not there takes no mail away (manual 50): reports have the usual text, and `trouble` says why.
Result<std::vector<std::string>> template_items(const Context& context, std::string_view option, std::string& trouble)
{
    std::vector<std::string> items;
    if (!context.settings().is_written(option))
        return items;
    const auto file = with_names(context, option);
    if (!file || !file->starts_with('/'))
        return misconfigured(std::string(option) + " is not the full path of a file; it may name $primary_hostname, "
                                                   "$qualify_domain and $spool_directory");
    const auto read = config::read_file(*file, longest_template);
    if (!read) {
        trouble = "Failed to open " + std::string(option) + " for error message texts: " + read.error().text;
        return items;
    }
    const auto& text = *read;
    TRY(check_template(text, *file));
    std::string item;
    for (const auto line : split(text, '\n')) {
        if (line.starts_with("****")) {
            items.push_back(std::move(item));
            item.clear();
        } else {
            item += std::string(line) + "\n";
        }
    }
    if (item.ends_with("\n\n") || item == "\n") // split gives an empty line behind the last newline
        item.pop_back();
    items.push_back(std::move(item));
    return items;
}

}

Result<std::string> bounce_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<bounce::Parameters>();
    if (context.settings().is_written("dsn_from")) {
        const auto from = with_names(context, "dsn_from");
        if (!from)
            return misconfigured(
                "dsn_from may name $primary_hostname and $qualify_domain and no other variable");
        parameters.dsn_from = *from;
    }
    parameters.bounce_items = TRY(template_items(context, "bounce_message_file", parameters.bounce_file_trouble));
    parameters.warn_items = TRY(template_items(context, "warn_message_file", parameters.warn_file_trouble));
    parameters.log_delay_delivery = context.selector.has("delay_delivery");
    const auto owner = report_owner(context);
    parameters.uid = owner.uid;
    parameters.gid = owner.gid;
    parameters.login = owner.login;
    return ipc::encode(parameters);
}

}
