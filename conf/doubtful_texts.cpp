#include "conf/doubtful_texts.h"

#include "common/base/text.h"
#include "common/config/listing.h"
#include "common/expand/remarks.h"
#include "conf/name_scan.h"

namespace gp::conf {
namespace {

config::ListKind kind_of(match::Kind kind)
{
    switch (kind) {
    case match::Kind::domain: return config::ListKind::domain;
    case match::Kind::host: return config::ListKind::host;
    case match::Kind::address: return config::ListKind::address;
    default: return config::ListKind::local_part;
    }
}

// Scanners' options are expanded where they begin with a dollar, and only then (manual chapter 45).
bool is_expanded_if_it_begins_so(const config::Setting& setting, std::string_view text)
{
    return (setting.option->name == "av_scanner" || setting.option->name == "spamd_address") && text.starts_with('$');
}

class Texts {
public:
    Texts(const Configuration& configuration, config::Problems& problems)
        : configuration_(configuration), problems_(problems), language_(expand::Language::linked())
    {
    }

    // `where` is "smtp_banner", "ACL rc: condition".
    void look_at(const config::Origin& origin, std::string_view line, const std::string& where, std::string_view text)
    {
        if (text.find("${") == text.npos)
            return;
        const auto remarks = expand::remarks_on(language_, text);
        for (const auto& one : remarks.all)
            problems_.warning(origin, line, where + ": " + one.text + (one.is_ignored ? ": it is ignored" : ": this will fail at run time"), one.hint);
        for (const auto& list : remarks.lists)
            warn_of_list(configuration_, kind_of(list.kind), list.text, origin, line, problems_);
        for (const std::string_view call : {"${acl{", "acl{{", "acl {{"})
            for (auto at = text.find(call); at != text.npos; at = text.find(call, at + 1)) {
                const auto name = text.substr(at + call.size());
                if (const auto end = name.find('}'); end != name.npos)
                    warn_of_acl(configuration_, trim(name.substr(0, end)), origin, line, problems_);
            }
    }

    void look_at(const config::Settings& settings, const std::string& of)
    {
        for (const auto& setting : settings.all()) {
            const auto* text = std::get_if<std::string>(&setting.value);
            if (!text || !setting.is_written)
                continue;
            if (setting.option->use == config::Use::expanded)
                look_at(setting.origin, config::show_line(setting), of + std::string(setting.option->name), *text);
            else if (text->find("${") != text->npos && setting.option->type == config::Type::string && !is_expanded_if_it_begins_so(setting, *text))
                problems_.warning(setting.origin, config::show_line(setting),
                                  of + std::string(setting.option->name) + " is not expanded: what looks like an expansion is taken as it stands");
        }
    }

private:
    const Configuration& configuration_;
    config::Problems& problems_;
    expand::Language language_;
};

}

void warn_of_texts(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems)
{
    Texts texts{configuration, problems};
    texts.look_at(configuration.main.all, "");
    for (const auto& list : configuration.lists)
        texts.look_at(list.origin, list.is_hidden ? "" : list.value, list.name, list.value);
    for (const auto& one : acls.all())
        for (const auto& statement : one.list.statements)
            for (const auto& clause : statement.clauses)
                texts.look_at(clause.origin, "", "ACL " + one.list.name + ": " + clause.name, one.argument(clause));
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers)
            texts.look_at(driver.settings, driver.name + ": ");
}

}
