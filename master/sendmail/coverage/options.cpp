// Main options, and the options of every router, transport and authenticator: from the rows of conf/params.

#include "common/base/text.h"
#include "conf/params/tables.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

using config::Standing;

// The row says why.
std::string why_not(const config::Option& option)
{
    std::string text(trim_right(option.text));
    if (text.ends_with('.'))
        text.pop_back();
    if (text.size() > 1 && !(text[1] >= 'A' && text[1] <= 'Z')) // no abbreviation
        text[0] = to_lower(text[0]);
    return text;
}

std::string why_no_driver(std::string_view driver)
{
    if (driver == "heimdal_gssapi")
        return "no Kerberos library reads what strangers send here; driver = dovecot with public_name = GSSAPI has Dovecot do it";
    return "the driver " + std::string(driver) + " is not in this version";
}

std::string refusal(const config::Option& option)
{
    switch (option.standing) {
    case Standing::supported:
    case Standing::moot: return {};
    case Standing::removed: return "Exim has removed it: " + std::string(option.text);
    case Standing::not_yet: break;
    }
    return why_not(option);
}

void rows(Page& page, const std::string& list, std::span<const config::Option> options, const std::string& why = {})
{
    for (const auto& option : options)
        if (!option.is_own)
            page.push_back({list, std::string(option.name), why.empty() ? refusal(option) : why});
}

void drivers(Page& page, conf::DriverClass kind, const std::string& word)
{
    rows(page, word + "_options_generic", conf::generic_rows(kind));
    for (const auto& driver : conf::driver_kinds(kind)) {
        const bool works = driver.standing == Standing::supported;
        const auto why = works ? std::string() : why_no_driver(driver.name);
        page.push_back({word + "_drivers", std::string(driver.name), why});
        rows(page, word + "_options_" + std::string(driver.name), driver.private_rows, why);
    }
}

void write(Page& page)
{
    rows(page, "main_options", conf::main_table().options());
    drivers(page, conf::DriverClass::router, "router");
    drivers(page, conf::DriverClass::transport, "transport");
    drivers(page, conf::DriverClass::authenticator, "auth");
}

const RegisterCoverage self{{.name = "a options", .write = write}};

}
}
