// gatepost-config(8): reads the configuration in master's place and ends.
//
// It jails itself before it opens the first file: it can read and nothing else, neither write nor execute nor
// connect to a TCP port. What it makes is a sealed image for master: fixed-size tables, the flattened text
// for router, and a parameter block for each program. With --check it says what is wrong and makes nothing.

#include <sysexits.h>
#include <unistd.h>

#include <thread>

#include "common/base/text.h"
#include "common/expand/remarks.h"
#include "common/log/log.h"
#include "common/net/own_addresses.h"
#include "common/process/jail.h"
#include "common/process/memfd.h"
#include "conf/advice.h"
#include "conf/compile.h"
#include "conf/params/surroundings.h"
#include "conf/parse_all.h"
#include "conf/refused_words.h"
#include "conf/report.h"
#include "conf/settled_texts.h"
#include "router/check.h"

namespace gp::conf {
namespace {

constexpr std::size_t most_services_file = 1 << 20;

// Names of users and groups may come from name services that are libraries, or daemons behind a Unix socket,
// or the network; all of that stays possible.
Status enter_reading_room()
{
    process::JailPlan plan;
    plan.paths = {{"/", process::path_read}};
    plan.calls.groups = process::calls_open_read | process::calls_connect_unix | process::calls_connect_inet |
                        process::calls_memfd;
    plan.calls.forbid_exec_memory = false; // the name service's libraries are loaded when they are needed
    plan.dumpable = ::geteuid() != 0;
    TRY(process::enter_jail(plan));
    return {};
}

class Run {
public:
    explicit Run(Arguments arguments) : arguments_(std::move(arguments)) {}
    int run();

private:
    bool load();
    void read_services();
    Result<std::string> image();
    int say(); // prints what is wrong; the exit status

    Arguments arguments_;
    std::vector<net::Address> own_addresses_;
    config::Problems problems_;
    std::shared_ptr<const Configuration> partial_; // also of a file with errors
    std::shared_ptr<const Configuration> configuration_;
    ServiceTable table_;
};

int Run::run()
{
    if (auto addresses = net::own_addresses())
        own_addresses_ = std::move(addresses).take();
    if (auto jailed = enter_reading_room(); !jailed) {
        log::alarm("config: " + jailed.error().text);
        return EX_OSERR;
    }
    if (!load()) {
        problems_.append(parse_all(*partial_)); // the errors of texts and lists too, in one go
        if (arguments_.check)
            problems_.append(advise(*partial_));
        return say();
    }
    read_services();
    auto made = image();
    if (!made)
        problems_.error({}, "", made.error().text);
    if (auto found = parse_all(*configuration_); found.has_errors())
        problems_.append(found);
    problems_.append(refused_words(*configuration_));
    if (!problems_.has_errors())
        problems_.append(router::check(configuration_, {})); // what only router's own parsers can tell
    if (arguments_.check)
        problems_.append(advise(*configuration_));
    if (problems_.has_errors() || arguments_.check)
        return say();
    say();
    auto memory = process::sealed_memfd("gatepost-image", *made);
    if (!memory) {
        log::alarm("config: " + memory.error().text);
        return EX_OSERR;
    }
    const auto sent = process::send_datagram(arguments_.image_descriptor, "image", memory->get());
    if (!sent)
        log::alarm("config: " + sent.error().text);
    return sent ? EX_OK : EX_OSERR;
}

bool Run::load()
{
    LoadOptions options;
    options.definitions = arguments_.definitions;
    options.constant_value = [](std::string_view text) { return expand::constant_value(text); };
    if (is_test_environment() && !is_system_file(arguments_.config))
        options.software = "Exim";
    config::Source source;
    source.name = arguments_.config;
    if (arguments_.config == "built-in")
        source.text = std::string(default_configuration());
    // Who may write to it decides what root does here (manual 6.1).
    if (arguments_.serves_root && is_system_file(arguments_.config))
        source.read = [this, trusted = config::trusted_files(0)](const std::string& path, std::size_t most) {
            return path == arguments_.config ? trusted(path, most) : config::read_file(path, most);
        };
    if (!arguments_.replaced.empty())
        source.read = [this](const std::string& path, std::size_t most) {
            return config::read_file(path == arguments_.replaced ? arguments_.replacement : path, most);
        };
    auto loaded = conf::load(source, options);
    problems_.append(loaded.problems);
    configuration_ = loaded.configuration ? settle_texts(loaded.configuration, problems_) : nullptr;
    partial_ = loaded.partial;
    return configuration_ != nullptr;
}

void Run::read_services()
{
    table_ = built_in_services(arguments_.one_shot ? 1 : std::thread::hardware_concurrency());
    conf::read_services(default_services(), "services.conf (built in)", table_, problems_);
    auto file = arguments_.services.empty() ? configuration_->main.own.services_file : arguments_.services;
    if (!file.starts_with('/'))
        file = arguments_.config.substr(0, arguments_.config.rfind('/') + 1) + file;
    auto text = config::read_file(file, most_services_file);
    const bool is_named =
        !arguments_.services.empty() || configuration_->main.all.is_written("services_file");
    if (text)
        conf::read_services(*text, file, table_, problems_);
    else if (is_named || text.error().cause != Cause::not_found)
        problems_.error(configuration_->main.all.origin("services_file"), "", text.error().text);
}

namespace {

// Who needs tally: conditions of ACLs that count, and transports that keep what hosts answer to EHLO.
bool counts(const Configuration& configuration)
{
    return names_in_acls(configuration, {"ratelimit", "seen", "callout", "check_postmaster", "quota"});
}

bool remembers_hosts(const Configuration& configuration)
{
    return std::ranges::any_of(configuration.transports, [](const Driver& transport) {
        return transport.driver == "smtp" && transport.settings.is_set("hosts_pipe_connect");
    });
}

}

Result<std::string> Run::image()
{
    auto keys = read_keys(*configuration_, problems_);
    if (!arguments_.one_shot)
        add_self_signed(*configuration_, problems_, keys);
    if (auto* keyd = find_service(table_, "keyd"); keyd && keys.keys.empty())
        keyd->processes = 0;
    if (auto* tally = find_service(table_, "tally"); tally && tally->processes == 0 && (counts(*configuration_) || remembers_hosts(*configuration_)))
        tally->processes = 1;
    std::vector<Listening> listening;
    if (!arguments_.one_shot)
        listening = network_listeners(configuration_->main, table_, arguments_.listen_override, problems_);
    if (arguments_.tls_on_connect)
        for (auto& one : listening)
            one.row.tls_on_connect = true;
    const auto owners = TRY(Owners::find(*configuration_, table_, arguments_.serves_root));
    if (!owners.remark().empty())
        problems_.warning({}, "", owners.remark());
    auto selector = LogSelector::parse(configuration_->main.logging.log_selector);
    if (!selector) {
        problems_.error(configuration_->main.all.origin("log_selector"), "", selector.error().text);
        return temporary("the configuration is not used");
    }
    Context context{*configuration_, arguments_, table_, owners, listening, keys, *selector, own_addresses_};
    context.caller_uid = ::geteuid();
    context.caller_gid = ::getegid();
    context.is_system = owners.is_one_for_each() && is_system_file(arguments_.config);
    const auto around = surroundings(*configuration_, context.is_system);
    context.test_habits = around.test_habits;
    context.dns_servers = around.dns_servers;
    return compile(context);
}

int Run::say()
{
    const auto problems = in_order(problems_);
    if (arguments_.json) {
        const auto report = json_report(arguments_.config, problems);
        if (::write(STDOUT_FILENO, report.data(), report.size()) < 0)
            return EX_OSERR;
        return problems_.has_errors() ? EX_CONFIG : EX_OK;
    }
    const auto text = problems.text();
    if (!text.empty() && ::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return EX_OSERR;
    return problems_.has_errors() ? EX_CONFIG : EX_OK;
}

}
}

int main(int argc, char** argv)
{
    using namespace gp;
    auto arguments = conf::read_arguments(argc, argv);
    if (!arguments) {
        log::alarm("config: " + arguments.error().text);
        return EX_USAGE;
    }
    return conf::Run{std::move(arguments).take()}.run();
}
