// From a configuration to the image: the service table with users and limits, the listeners, and a parameter
// block for each program. One file for each program's block: compile_<program>.cpp.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/ipc/codec.h"
#include "conf/arguments.h"
#include "conf/fill.h"
#include "conf/keys.h"
#include "conf/listeners.h"
#include "conf/owners.h"
#include "conf/params/configuration.h"
#include "conf/service_table.h"

namespace gp::conf {

struct Context {
    const Configuration& configuration;
    const Arguments& arguments;
    const ServiceTable& table;
    const Owners& owners;
    const std::vector<Listening>& listening;
    const Keys& keys;
    LogSelector selector;
    std::vector<net::Address> own_addresses; // of the machine's interfaces
    bool is_system = false;                  // the system's own instance
    bool test_habits = false;                // GATEPOST_TEST=1
    uid_t caller_uid = 0;                    // who started the suite, where services run as him
    gid_t caller_gid = 0;
    std::string dns_servers; // dns_servers, or GATEPOST_DNS

    const MainSettings& main() const { return configuration.main; }
    const config::Settings& settings() const { return configuration.main.all; }
    const std::string& spool_directory() const { return configuration.main.process.spool_directory; }
    std::uint32_t processes_of(std::string_view program) const;
    std::string log_ports() const; // as services have it
    // As whom all pools of a program run; who started the suite where users cannot be changed. An error names the
    // pool that runs as somebody else.
    Result<uid_t> uid_of(std::string_view program) const;
    // Whom ${run's programs run as in the services: exim_user.
    Owner runner() const;
    // Bit (1 << router::Phase) for each phase at which router has something to say.
    std::uint64_t phases() const;

    template <class P>
    P filled() const
    {
        P parameters;
        P::fields(parameters, Fill{settings(), selector});
        // Their defaults come from the machine and from each other.
        if constexpr (requires { parameters.primary_hostname; })
            parameters.primary_hostname = main().identity.primary_hostname;
        if constexpr (requires { parameters.qualify_domain; })
            parameters.qualify_domain = main().identity.qualify_domain;
        if constexpr (requires { parameters.qualify_recipient; })
            parameters.qualify_recipient = main().identity.qualify_recipient;
        if constexpr (requires { parameters.log_ports; })
            parameters.log_ports = log_ports();
        if constexpr (requires { parameters.software; })
            parameters.software = test_habits ? "Exim 4.96" : "Gatepost";
        if constexpr (requires { parameters.test_habits; })
            parameters.test_habits = test_habits;
        return parameters;
    }
};

// The retry rules, one a line: pattern, error, senders, steps. What qmgr parses.
std::vector<std::string> retry_lines(const Configuration& configuration);

// The parameter block of a pool; empty for a program without one.
Result<std::string> parameters_for(const Context& context, const ServiceRow& row);

// Whom it serves, by program.
Result<std::string> smtpd_parameters(const Context& context, const ServiceRow& row);
Result<std::string> cleanup_parameters(const Context& context, const ServiceRow& row);
Result<std::string> submit_parameters(const Context& context, const ServiceRow& row);
Result<std::string> log_parameters(const Context& context, const ServiceRow& row);
Result<std::string> qmgr_parameters(const Context& context, const ServiceRow& row);
Result<std::string> router_parameters(const Context& context, const ServiceRow& row);
Result<std::string> tally_parameters(const Context& context, const ServiceRow& row);
Result<std::string> keyd_parameters(const Context& context, const ServiceRow& row);
Result<std::string> spoold_parameters(const Context& context, const ServiceRow& row);
Result<std::string> remote_parameters(const Context& context, const ServiceRow& row);
Result<std::string> launcher_parameters(const Context& context, const ServiceRow& row);
Result<std::string> bounce_parameters(const Context& context, const ServiceRow& row);
// Of bounce_message_file and warn_message_file: has the file more than the variables that bounce knows itself?
bool is_expanded_by_router(const Context& context, std::string_view option);

// A text in which only $primary_hostname, $qualify_domain and $spool_directory are to be expanded; nothing
// when there is more.
// Where log files go; `path` is empty when syslog alone is named.
struct LogTarget {
    std::string path;
    bool syslog = false, journald = false;
};
Result<LogTarget> log_file_path(const Context& context);
std::optional<std::string> with_names(const Context& context, std::string_view option);
// Who reports say they come from: bounce's user, whatever service writes them. Exim's delivery process is the
// instance's own user, and its reports say U= and P=local so.
struct ReportOwner {
    std::uint32_t uid = 0, gid = 0;
    std::string login;
};
ReportOwner report_owner(const Context& context);
// Users below first_uid that routers and transports name literally; deliveries may run as them.
std::vector<std::uint32_t> users_of_deliveries(const Context& context);
inline constexpr std::uint32_t first_ordinary_uid = 1000;

// RLIMIT_NOFILE of a pool: as the service table says, or a descriptor for each session and what a process has
// besides; 0: the privilege map's own.
std::uint32_t files_of(const ServiceRow& row);

// Whether a line of an ACL has one of these words in it.
bool names_in_acls(const Configuration& configuration, std::initializer_list<std::string_view> words);

// The whole image.
Result<std::string> compile(const Context& context);

}
