// pipe: to a command's standard input (manual chapter 29).

#include <sysexits.h>

#include <array>
#include <cstring>

#include "common/base/number.h"
#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "delivery/local/command.h"
#include "delivery/local/copy.h"
#include "delivery/local/transport.h"

namespace gp::local {
namespace {

constexpr int not_executed = 127;

struct ExitName {
    int code;
    std::string_view text;
};

// The words of Exim's log.
constexpr std::array exit_names = {
    ExitName{EX_USAGE, "usage or syntax error"},         ExitName{EX_DATAERR, "error in input data"},
    ExitName{EX_NOINPUT, "input data missing"},          ExitName{EX_NOUSER, "user nonexistent"},
    ExitName{EX_NOHOST, "host nonexistent"},             ExitName{EX_UNAVAILABLE, "service or program unavailable"},
    ExitName{EX_SOFTWARE, "internal software error"},    ExitName{EX_OSERR, "internal operating system error"},
    ExitName{EX_OSFILE, "system file missing"},          ExitName{EX_CANTCREAT, "can't create output file"},
    ExitName{EX_IOERR, "input/output error"},            ExitName{EX_TEMPFAIL, "temporary error"},
    ExitName{EX_PROTOCOL, "protocol error"},             ExitName{EX_NOPERM, "permission denied"},
    ExitName{EX_CONFIG, "configuration error"},          ExitName{not_executed, "unable to exec or command does not exist"},
};

std::string could_mean(int code)
{
    constexpr int by_signal = 128; // what a shell adds
    if (code > by_signal)
        return " (could mean shell command ended by signal " + std::to_string(code - by_signal) + " (" + ::strsignal(code - by_signal) + "))";
    for (const auto& known : exit_names)
        if (known.code == code)
            return " (could mean " + std::string(known.text) + ")";
    return {};
}

bool is_temporary(const Job& job, int code)
{
    const auto list = job.options.text("temp_errors", "75:73");
    if (trim(list) == "*")
        return true;
    for (const auto& item : config::split_list(list))
        if (const auto number = parse_integer(trim(item)); number && *number == code)
            return true;
    return false;
}

Result<CopyRules> pipe_rules(const Job& job)
{
    auto rules = TRY(copy_rules(job));
    if (!job.options.has("message_prefix") && !rules.bsmtp)
        rules.prefix = from_line(job);
    if (!job.options.has("message_suffix") && !rules.bsmtp)
        rules.suffix = "\n";
    return rules;
}

// Its words as they could stand in a configuration.
std::string as_written(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words) {
        const bool is_one = !word.empty() && word.find_first_of(" \t\n") == std::string::npos;
        const std::string_view quote = is_one ? "" : word.find('\'') == std::string::npos ? "'" : "\"";
        out += (out.empty() ? "" : " ") + std::string(quote) + word + std::string(quote);
    }
    return out;
}

// What the end of the command says about the delivery (manual 29.2).
delivery::Outcome judge(const Job& job, const Ran& ran, const std::vector<std::string>& words)
{
    const auto command = as_written(words);
    const auto& transport = job.instruction().transport;
    const bool ignore = job.options.flag("ignore_status", false).value_or(false);
    if (ran.timed_out) {
        const bool defer = job.options.flag("timeout_defer", false).value_or(false);
        const std::string text = "pipe delivery process timed out";
        return defer ? deferred(text, "timeout") : failed(text);
    }
    // A shell tells of what it cannot run by a status of its own.
    if ((!ran.started || (ran.code == not_executed && !ran.signalled)) && job.options.flag("freeze_exec_fail", false).value_or(false)) {
        auto outcome = deferred("pipe process failed to exec \"" + escape(command) + "\"");
        outcome.freeze = true;
        return outcome;
    }
    if (ran.signalled && !ignore) {
        auto outcome = failed("Child process of " + transport + " transport (running command \"" + escape(command) +
                              "\") was terminated by signal " + std::to_string(ran.code) + " (" + ::strsignal(ran.code) + ")");
        if (job.options.flag("freeze_signal", false).value_or(false)) {
            outcome = deferred(outcome.text);
            outcome.freeze = true;
        }
        return outcome;
    }
    const int code = ran.started ? ran.code : not_executed;
    if (code == 0 || ignore)
        return ran.fed ? delivered() : deferred(ran.fed.error().text);
    const std::string text = "Child process of " + transport + " transport returned " + std::to_string(code) +
                             could_mean(code) + " from command: " + escape(words.front());
    return is_temporary(job, code) ? deferred(text) : failed(text);
}

// return_output makes a failure of any output; return_fail_output and log_… hand on what a failure said.
delivery::Outcome with_output(const Job& job, const Ran& ran, delivery::Outcome outcome)
{
    auto flag = [&](std::string_view name) { return job.options.flag(name, false).value_or(false); };
    const bool is_failure = outcome.fate == delivery::Fate::failed;
    const bool is_deferral = outcome.fate == delivery::Fate::deferred;
    if (ran.output.empty() || job.instruction().is_shadow) // of a shadow nobody hears
        return outcome;
    if (flag("return_output") && outcome.fate == delivery::Fate::delivered)
        outcome.text = delivery::output_is_returned;
    if (flag("return_output")) { // whatever the command ended with (manual 29.8)
        outcome.fate = delivery::Fate::failed;
        outcome.freeze = false; // nothing is left to wait
    }
    if (flag("return_output") || (flag("return_fail_output") && is_failure))
        outcome.output = ran.output + (ran.too_much_output ? "\n\n*** Too much output - remainder discarded ***\n" : "");
    const bool logged = flag("log_output") || (flag("log_fail_output") && is_failure) ||
                        (flag("log_defer_output") && is_deferral);
    if (logged)
        outcome.logged_output = trim_right(ran.output.substr(0, ran.output.find('\n')).substr(0, 512));
    return outcome;
}

Result<delivery::Outcome> run(const Job& job)
{
    const auto words = TRY(command_of(job));
    const auto rules = TRY(pipe_rules(job));
    const auto timeout = TRY(job.options.time("timeout", Duration{3'600'000}));
    const auto most = TRY(job.options.size("max_output", 20 * 1024));
    const auto umask = TRY(job.options.mode("umask", 022));
    const auto ran = TRY(run_command(
        words, environment_of(job),
        {.timeout = timeout, .max_output = static_cast<std::size_t>(std::max<std::int64_t>(0, most)), .umask = umask, .ends_when_full = true},
        [&](int into) {
            return write_copy(job, rules, [&](std::string_view octets) { return write_all(into, octets, "the command"); });
        }));
    return with_output(job, ran, judge(job, ran, words));
}

delivery::Outcome deliver(const Job& job)
{
    auto ran = run(job);
    auto outcome = ran ? std::move(ran).take() : outcome_of(ran.error());
    if (outcome.fate == delivery::Fate::deferred && outcome.error_number == 0)
        outcome.error_number = delivery::no_error_number; // it is the command's business
    return outcome;
}

const RegisterTransport self{{
    .name = "pipe",
    .places = [](const Job&) -> Result<std::vector<std::string>> { return std::vector<std::string>{}; },
    .deliver = [](const Job& job) { return report(job, deliver(job)); },
    .executes = true,
    .connects = true,
    .doc = "Gives the message to a command.",
}};

}
}
