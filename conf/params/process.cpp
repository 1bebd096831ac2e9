#include "conf/params/process.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Process;

// clang-format off
const config::Param<M> rows[] = {
    {"exim_user", &M::exim_user, Type::user, Use::literal, nullptr, Standing::supported,
     "The user as whom services of an instance without users of its own run, and who is an administrator."},
    {"exim_group", &M::exim_group, Type::group, Use::literal, nullptr, Standing::supported,
     "The group that goes with exim_user."},
    {"exim_path", {}, Type::string, Use::literal, "/usr/sbin/exim", Standing::moot,
     "No program starts itself anew by its path; the value is only what $exim_path says."},
    {"spool_directory", &M::spool_directory, Type::string, Use::expanded,
     "/var/spool/gatepost", Standing::supported,
     "The instance: its spool, sockets and hints lie below. It may name only macros and $primary_hostname."},
    {"pid_file_path", &M::pid_file_path, Type::string, Use::expanded, nullptr, Standing::supported,
     "The file with the number of the master process. When unset, run/master.pid below spool_directory."},
    {"keep_environment", &M::keep_environment, Type::string_list, Use::literal, nullptr, Standing::supported,
     "Variables of the environment that are kept for libraries and commands: names, *END, ^EXPRESSION, each with ! in front to leave it out."},
    {"add_environment", &M::add_environment, Type::string_list, Use::literal, nullptr, Standing::supported,
     "Variables that are added to the environment: NAME=value."},
    {"exim_version", {}, Type::string, Use::literal, nullptr, Standing::supported,
     "Another version for $version_number."},
    {"bi_command", {}, Type::string, Use::literal, nullptr, Standing::supported,
     "The command that newaliases and -bi run."},
    {"daemon_startup_retries", {}, Type::integer, Use::literal, "9", Standing::supported,
     "How often binding a port that is in use is tried again when the suite starts; 0 is never."},
    {"daemon_startup_sleep", {}, Type::time, Use::literal, "30s", Standing::supported,
     "The time between two such tries."},
    {"daemon_modules_load", {}, Type::string, Use::literal, nullptr, Standing::not_yet,
     "A process of the suite loads nothing but what it was built with."},
    {"deliver_drop_privilege", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "No delivery runs with root's rights in the first place; launcher can only become an ordinary user."},
    {"notifier_socket", {}, Type::string, Use::literal, "$spool_directory/exim_daemon_notify", Standing::moot,
     "The suite is reached by the sockets below spool_directory/run."},
    {"perl_startup", {}, Type::string, Use::literal, nullptr, Standing::not_yet,
     "Code of others is not loaded into a process of the suite; ${readsocket to a service of yours can tell the same."},
    {"perl_at_start", {}, Type::boolean, Use::literal, "false", Standing::not_yet,
     "Code of others is not loaded into a process of the suite (perl_startup)."},
    {"perl_taintmode", {}, Type::boolean, Use::literal, "false", Standing::not_yet,
     "Code of others is not loaded into a process of the suite (perl_startup)."},
};
// clang-format on

}

std::span<const config::Param<Process>> Process::params()
{
    return rows;
}

}
