// -bV: what this is, and whether the configuration can be read: exit status 0 or 1. ACLs are read too. Texts that are
// expanded are not part of that static check (manual 5.3): what is wrong with them is told all the same, so that who made a
// change hears of it before it is used.
//
// In between it lists what is built in, in Exim's lines: programs that drive a mailer look for "Support for:" and "Lookups".
#include <cstdio>

#include "common/base/registry.h"
#include "common/lookup/lookup.h"
#include "common/scan/scanner.h"
#include "conf/log_selector.h"
#include "conf/params/surroundings.h"
#include "conf/params/tables.h"
#include "conf/parse_all.h"
#include "master/sendmail/instance.h"

namespace gp::sendmail {
namespace {

int complain_of(const config::Origin& origin, std::string_view line, const std::string& why)
{
    config::Problems problems;
    problems.error(origin, line, why);
    std::fputs(problems.text().c_str(), stderr);
    return 1;
}

constexpr const char* support = "crypteq iconv() IPv6 PAM OpenSSL TLS_resume move_frozen_messages Content_Scanning DANE DKIM DMARC DNSSEC "
                                "Event I18N OCSP PIPECONNECT PRDR PROXY SOCKS SPF SRS";

void print_names(const char* what, const std::vector<std::string>& names)
{
    std::printf("%s:", what);
    for (const auto& name : names)
        std::printf(" %s", name.c_str());
    std::printf("\n");
}

void print_drivers(const char* what, conf::DriverClass kind)
{
    std::vector<std::string> names;
    for (const auto& driver : conf::driver_kinds(kind))
        if (driver.standing == config::Standing::supported)
            names.push_back(std::string(driver.name) + (driver.name == "appendfile" ? "/maildir/mailstore/mbx" : ""));
    print_names(what, names);
}

void print_built_in()
{
    std::printf("Support for: %s\n", support);
    std::vector<std::string> lookups, scanners;
    const auto types = Registry<lookup::Driver>::linked();
    for (const auto& type : types.all())
        if (type.name != "oracle" && type.name != "nisplus") // known for their quoting alone
            lookups.emplace_back(type.name);
    print_names("Lookups (built-in)", lookups);
    print_drivers("Authenticators", conf::DriverClass::authenticator);
    print_drivers("Routers", conf::DriverClass::router);
    print_drivers("Transports", conf::DriverClass::transport);
    const auto known = Registry<scan::Scanner>::linked();
    for (const auto& scanner : known.all())
        if (scanner.name != "spamd" && scanner.name != "rspamd") // those of condition spam
            scanners.emplace_back(scanner.name);
    print_names("Malware", scanners);
    std::printf("Size of off_t: %zu\n", sizeof(off_t));
}

int print_version(const Options& options)
{
    const bool test = conf::is_test_environment();
    std::printf("%s\n", test ? "Exim version 4.96 #1" : "Gatepost " GATEPOST_VERSION ", in the manner of Exim version 4.96");
    print_built_in();
    const auto file = configuration_file(options);
    const auto loaded = load_configuration(options, file);
    if (!loaded) {
        std::fputs(loaded.problems.text().c_str(), stderr);
        return 1;
    }
    std::fputs(conf::parse_all(*loaded.configuration).text(config::Problem::Weight::error).c_str(), stderr);
    const auto& main = loaded.configuration->main;
    if (const auto selector = conf::LogSelector::parse(main.logging.log_selector); !selector)
        return complain_of(main.all.find("log_selector")->origin, "log_selector = " + main.logging.log_selector, selector.error().text);
    if (conf::parse_acls(*loaded.configuration).has_errors())
        return 1;
    std::printf("Configuration file is %s\n", file.c_str());
    return 0;
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bV", .run = print_version, .doc = "say the version, read the configuration"}},
    RegisterMode{{.name = "--version", .run = print_version, .doc = "-bV"}},
};

}
}
