#include "common/base/text.h"
#include "conf/params/detail/build.h"

namespace gp::conf {
namespace {

using config::Instance;
using config::Problems;
using config::ReadOptions;
using config::Standing;

// Where an instance names its driver, and the line that does.
config::Origin driver_origin(const Instance& instance)
{
    for (const auto& setting : instance.settings)
        if (setting.name == "driver")
            return setting.origin;
    return instance.origin;
}

std::string driver_line(const Instance& instance)
{
    return instance.driver.empty() ? instance.name + ":" : "driver = " + instance.driver;
}

void fail_on_driver(const Instance& instance, std::string reason, std::string hint, Problems& problems)
{
    problems.error(driver_origin(instance), driver_line(instance), std::move(reason), std::move(hint));
}

// What keeps a driver out for good, and what does the same.
std::string why_not(std::string_view driver)
{
    if (driver == "heimdal_gssapi")
        return ": its library would read a keytab in a process that parses what strangers say; driver = dovecot asks a Dovecot "
               "that speaks GSSAPI";
    return {};
}

// The driver that an instance names, if it may be used.
const DriverKind* kind_of(DriverClass kind, const Instance& instance, const ReadOptions& options, Problems& problems)
{
    const std::string word(class_name(kind));
    if (instance.driver.empty()) {
        fail_on_driver(instance, "no driver defined for " + word + " \"" + instance.name + "\"",
                       "a line \"driver = NAME\" is missing", problems);
        return nullptr;
    }
    const DriverKind* found = driver_kind(kind, instance.driver);
    if (!found) {
        std::vector<std::string_view> names;
        for (const auto& known : driver_kinds(kind))
            names.push_back(known.name);
        const auto meant = nearest(instance.driver, names);
        fail_on_driver(instance, word + " " + instance.name + ": cannot find " + word + " driver \"" + instance.driver + "\"",
                       meant.empty() ? "" : "did you mean " + std::string(meant) + "?", problems);
        return nullptr;
    }
    if (found->standing == Standing::not_yet)
        config::object(options.unsupported, problems, driver_origin(instance), driver_line(instance),
                       word + " driver \"" + instance.driver + "\" is not supported yet" + why_not(instance.driver));
    return found;
}

// verify and fail_verify each set two other options (manual chapter 15).
void spread(config::Settings& settings, const config::Assignment& assignment)
{
    for (const std::string_view name : {"verify", "fail_verify"}) {
        const bool is_it = assignment.name == name || assignment.name == "no_" + std::string(name) ||
                           assignment.name == "not_" + std::string(name);
        if (!is_it || !settings.is_written(name))
            continue;
        for (const std::string_view ending : {"_sender", "_recipient"}) {
            config::Setting& part = settings.at(std::string(name) + std::string(ending));
            part.value = settings.at(name).value;
            part.origin = assignment.origin;
        }
    }
}

// An option that is hidden in one instance is hidden in all of the same driver (manual 6.11).
void spread_hiding(std::vector<Driver>& drivers)
{
    for (const auto& source : drivers)
        for (const auto& setting : source.settings.all())
            if (setting.is_hidden)
                for (auto& driver : drivers)
                    if (driver.driver == source.driver)
                        driver.settings.at(setting.option->name).is_hidden = true;
}

}

std::vector<Driver> build_drivers(DriverClass kind, const std::vector<Instance>& instances, const ReadOptions& options,
                                  Problems& problems)
{
    std::vector<Driver> drivers;
    for (const auto& instance : instances) {
        const DriverKind* found = kind_of(kind, instance, options, problems);
        if (!found)
            continue; // without its rows nothing can be said of the options
        Driver driver{instance.name, instance.driver, config::Settings(*found->table), instance.origin};
        // What a driver that is not there yet would do with its options needs no further words.
        ReadOptions reading = options;
        if (found->standing == Standing::not_yet)
            reading.unsupported = config::Unsupported::accept;
        for (const auto& assignment : instance.settings) {
            config::apply(driver.settings, assignment, reading, problems);
            if (kind == DriverClass::router)
                spread(driver.settings, assignment);
        }
        settle_driver(kind, driver, *options.names);
        drivers.push_back(std::move(driver));
    }
    spread_hiding(drivers);
    return drivers;
}

}
