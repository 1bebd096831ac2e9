// gatepost manual: the manual pages, written from the tables of options, services and verbs.

#include <sysexits.h>

#include "common/config/roff.h"
#include "common/service/privileges.h"
#include "conf/params/configuration.h"
#include "conf/params/tables.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

using config::Option;
using config::Roff;
using config::Standing;

std::string about(const Option& option)
{
    std::string out = "(" + std::string(config::type_name(option.type));
    if (option.use == config::Use::expanded)
        out += ", expanded";
    out += option.initial ? std::string(", default \"") + option.initial + "\") " : ", default unset) ";
    out += option.text;
    if (option.standing == Standing::not_yet)
        out += " Not supported by this version: a configuration that sets it is refused.";
    if (option.standing == Standing::moot)
        out += " Accepted, and without effect here.";
    return out;
}

void list(Roff& page, std::span<const Option> options, bool own)
{
    for (const auto& option : options)
        if (!option.is_alias && option.is_own == own)
            page.item(option.name, about(option));
}

void drivers(Roff& page, conf::DriverClass kind, std::string_view title)
{
    page.heading(title);
    page.subheading("of all");
    list(page, conf::generic_rows(kind), false);
    list(page, conf::generic_rows(kind), true);
    for (const auto& driver : conf::driver_kinds(kind)) {
        page.subheading(driver.name);
        if (driver.standing == Standing::not_yet)
            page.paragraph("This driver is not supported by this version: a configuration that uses it is refused.");
        list(page, driver.private_rows, false);
        list(page, driver.private_rows, true);
    }
}

std::string configuration_page()
{
    Roff page{"gatepost.conf", "5", "the configuration of Gatepost"};
    page.heading("DESCRIPTION")
        .paragraph("The language is Exim's: main options, macros, .include, .ifdef, named lists, and the sections that "
                   "begin with begin acl, routers, transports, retry, rewrite and authenticators. A configuration "
                   "of Exim is read as it is; what this version does not support is refused by name, with file and "
                   "line. gatepost check FILE says everything that is wrong with a file.")
        .heading("GATEPOST'S OWN MAIN OPTIONS");
    list(page, conf::main_table().options(), true);
    page.heading("MAIN OPTIONS");
    list(page, conf::main_table().options(), false);
    drivers(page, conf::DriverClass::router, "ROUTERS");
    drivers(page, conf::DriverClass::transport, "TRANSPORTS");
    drivers(page, conf::DriverClass::authenticator, "AUTHENTICATORS");
    page.heading("EXAMPLE").paragraph("The configuration of a private instance:").example(conf::default_configuration());
    page.heading("SEE ALSO").paragraph("services.conf(5), gatepost(8), sendmail(8)");
    return page.text();
}

std::string services_page()
{
    Roff page{"services.conf", "5", "the service table of Gatepost"};
    page.heading("DESCRIPTION")
        .paragraph("The file beside gatepost.conf in which it is told what differs from the built-in table of services. "
                   "The one that is installed says how:")
        .example(conf::default_services())
        .heading("SERVICES");
    for (const auto& row : service::privileges())
        page.item(row.service, "runs as " + std::string(row.user) + " with " + std::to_string(row.files) +
                                   " descriptors and " +
                                   (row.memory_mib ? std::to_string(row.memory_mib) + " MiB of address space" :
                                                     std::string("no bound of memory")) +
                                   (row.asks.empty() ? "." : "; asks " + std::string(row.asks) + "."));
    page.heading("SEE ALSO").paragraph("gatepost.conf(5), gatepost(8)");
    return page.text();
}

std::string command_page()
{
    Roff page{"gatepost", "8", "starts, stops and explains the mail transfer agent"};
    page.heading("SYNOPSIS")
        .paragraph("gatepost VERB [-C FILE] [-D MACRO=VALUE] [--spool DIRECTORY] [--json] ...")
        .heading("DESCRIPTION")
        .paragraph("An instance is known by its configuration (-C, otherwise /etc/gatepost/gatepost.conf or the one of "
                   "an installed Exim) or by its spool directory. Every listing is printed as JSON with --json.")
        .heading("VERBS");
    const auto verbs = Registry<Verb>::linked();
    for (const auto& verb : verbs.all())
        page.item(verb.usage, verb.text);
    page.heading("EXIT STATUS")
        .paragraph("0 for success, otherwise as in sysexits.h: 64 for a command line that is wrong, 78 for a "
                   "configuration that cannot be used.")
        .heading("SEE ALSO")
        .paragraph("gatepost.conf(5), services.conf(5), sendmail(8)");
    return page.text();
}

int manual(const Invocation& call)
{
    const std::string name = call.arguments.size() == 1 ? call.arguments[0] : "";
    if (name == "gatepost.conf")
        print(configuration_page());
    else if (name == "services.conf")
        print(services_page());
    else if (name == "gatepost")
        print(command_page());
    else
        return fail(EX_USAGE, "manual gatepost|gatepost.conf|services.conf");
    return EX_OK;
}

const RegisterVerb self{{
    .name = "manual",
    .usage = "manual gatepost|gatepost.conf|services.conf",
    .text = "Prints a manual page, written from the tables that the programs use; man -l - shows it.",
    .run = manual,
}};

}
}
