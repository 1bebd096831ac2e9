#include <array>

#include "common/base/text.h"
#include "common/config/message_template.h"
#include "common/config/source.h"
#include "common/expand/expand.h"
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

// What delivery/bounce/template.cpp has a value for.
bool is_template_variable(std::string_view name)
{
    constexpr std::array known = {"bounce_recipient", "bounce_return_size_limit", "message_exim_id", "message_id",
                                  "primary_hostname", "qualify_domain", "return_size_limit", "sender_address",
                                  "warn_message_delay", "warn_message_recipients"};
    return std::ranges::find(known, name) != known.end();
}

// Is there an expansion in it that only router can make?
bool needs_router(std::string_view text)
{
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
        auto name = text.substr(at + 1);
        const bool in_braces = name.starts_with('{');
        name.remove_prefix(in_braces);
        std::size_t length = 0;
        while (length < name.size() && (is_alnum(name[length]) || name[length] == '_'))
            ++length;
        if (!is_template_variable(name.substr(0, length)) || (in_braces && !name.substr(length).starts_with('}')))
            return true;
    }
    return text.find('\\') != std::string_view::npos;
}

Status check_template(const std::vector<std::string>& items, std::string_view file)
{
    const auto language = expand::Language::linked();
    for (const auto& item : items) {
        expand::Fault fault;
        if (!language.parse(item, &fault))
            return misconfigured(std::string(file) + ": " + fault.text);
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
    const auto read = config::read_file(*file, config::longest_template);
    if (!read) {
        trouble = "Failed to open " + std::string(option) + " for error message texts: " + read.error().text;
        return items;
    }
    items = config::template_items(*read);
    TRY(check_template(items, *file));
    return items;
}

}

bool is_expanded_by_router(const Context& context, std::string_view option)
{
    std::string trouble;
    const auto items = template_items(context, option, trouble);
    return items && std::ranges::any_of(*items, needs_router);
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
    // What router has to expand comes with each report; where it cannot, the report has the usual words.
    for (auto* items : {&parameters.bounce_items, &parameters.warn_items})
        if (std::ranges::any_of(*items, needs_router))
            items->clear();
    parameters.log_delay_delivery = context.selector.has("delay_delivery");
    const auto owner = report_owner(context);
    parameters.uid = owner.uid;
    parameters.gid = owner.gid;
    parameters.login = owner.login;
    return ipc::encode(parameters);
}

}
