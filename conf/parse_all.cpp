#include "conf/parse_all.h"

#include "common/acl/acls.h"
#include "common/config/listing.h"
#include "common/expand/expand.h"

namespace gp::conf {
namespace {

// Lists are expanded too, but a forced failure or an odd item in them is a matter of matching.
void parse_settings(const expand::Language& language, const config::Settings& settings, config::Problems& problems)
{
    for (const auto& setting : settings.all()) {
        const auto* text = std::get_if<std::string>(&setting.value);
        if (!text || !setting.is_written || setting.option->use != config::Use::expanded)
            continue;
        expand::Fault fault;
        if (!language.parse(*text, &fault))
            problems.error(setting.origin, config::show_line(setting),
                           std::string(setting.option->name) + ": " + fault.text, fault.hint);
    }
}

}

config::Problems parse_all(const Configuration& configuration)
{
    config::Problems problems;
    const auto language = expand::Language::linked();
    parse_settings(language, configuration.main.all, problems);
    for (const auto& list : configuration.lists) {
        expand::Fault fault;
        if (!language.parse(list.value, &fault))
            problems.error(list.origin, list.is_hidden ? "" : list.value, list.name + ": " + fault.text, fault.hint);
    }
    const auto words = acl::Words::linked();
    for (const auto& acl : configuration.acls)
        (void)acl::parse_acl(acl, language, words, problems);
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers)
            parse_settings(language, driver.settings, problems);
    return problems;
}

}
