// Options of one driver that need or exclude each other, in the words in which Exim refuses them. What names of other
// drivers and sections must exist is in consistency.cpp.

#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "conf/params/detail/build.h"
#include "conf/params/rules.h"

namespace gp::conf {
namespace {

using config::Settings;

class Contradictions {
public:
    Contradictions(const Driver& driver, config::Problems& problems) : driver_(driver), all_(driver.settings), problems_(problems) {}

    void transport()
    {
        if (driver_.driver == "pipe")
            pipe();
        if (driver_.driver == "appendfile")
            appendfile();
        if (driver_.driver == "smtp")
            smtp();
        rewriting();
    }

    void router()
    {
        if (driver_.driver != "queryprogram")
            return;
        if (!all_.is_set("command"))
            fail("router", "a command specification is required");
        if (!all_.is_set("command_user"))
            fail("router", "command_user must be specified", "the command runs as that user");
    }

    void authenticator()
    {
        if (driver_.driver == "spa" && all_.is_set("client_username") != all_.is_set("client_password"))
            fail("authenticator", "one of client_username and client_password cannot be set without the other");
    }

private:
    void fail(std::string_view kind, std::string reason, std::string hint = {})
    {
        problems_.error(driver_.origin, driver_.name + ":", driver_.name + " " + std::string(kind) + ": " + std::move(reason), std::move(hint));
    }

    void fail_at(std::string_view option, std::string reason, std::string hint = {})
    {
        const auto& setting = all_.at(option);
        problems_.error(setting.origin, config::show_line(setting), driver_.name + ": " + std::move(reason), std::move(hint));
    }

    void exclude(std::string_view one, std::string_view other)
    {
        if (all_.flag(one) && all_.flag(other))
            fail_at(other, "both " + std::string(one) + " and " + std::string(other) + " set");
    }

    void pipe()
    {
        exclude("return_output", "return_fail_output");
        exclude("log_output", "log_fail_output");
        const auto numbers = trim(all_.text("temp_errors"));
        if (numbers != "*" && numbers.find_first_not_of("0123456789: ") != numbers.npos)
            fail_at("temp_errors", "temp_errors must be a list of numbers or an asterisk", "75 : 73");
    }

    void appendfile()
    {
        constexpr std::string_view locks[] = {"use_lockfile", "use_fcntl_lock", "use_flock_lock", "use_mbx_lock", "mbx_format"};
        if (std::ranges::none_of(locks, [&](std::string_view lock) { return all_.flag(lock); }))
            fail("transport", "no locking configured", "use_lockfile, use_fcntl_lock, use_flock_lock or use_mbx_lock is needed");
        for (const std::string_view option : {"quota_filecount", "quota_directory"})
            if (all_.is_written(option) && all_.is_set("file") && !all_.is_set("directory")) // else redirection says which
                fail_at(option, std::string(option) + " must not be set without \"directory\"");
        if (all_.is_written("quota_filecount") && !all_.is_set("quota"))
            fail_at("quota_filecount", "quota must be set if quota_filecount is set", "quota = 0 counts the files alone");
    }

    void smtp()
    {
        for (const std::string_view option : {"command_timeout", "data_timeout", "final_timeout"})
            if (const auto* time = std::get_if<Duration>(&all_.at(option).value); time && *time <= Duration{})
                fail_at(option, "command, data, or final timeout value is zero", "a host that is silent would be waited for without end");
    }

    // headers_rewrite: rules between colons, each as a line of the rewrite section (manual 31.4).
    void rewriting()
    {
        if (!all_.is_set("headers_rewrite"))
            return;
        std::vector<config::Line> lines;
        for (auto& rule : config::split_list(all_.text("headers_rewrite")))
            lines.push_back({.text = std::move(rule), .origin = all_.origin("headers_rewrite")});
        (void)read_rewrite(lines, problems_);
    }

    const Driver& driver_;
    const Settings& all_;
    config::Problems& problems_;
};

}

void check_contradictions(const Configuration& configuration, config::Problems& problems)
{
    for (const auto& router : configuration.routers)
        Contradictions(router, problems).router();
    for (const auto& transport : configuration.transports)
        Contradictions(transport, problems).transport();
    for (const auto& authenticator : configuration.authenticators)
        Contradictions(authenticator, problems).authenticator();
}

}
