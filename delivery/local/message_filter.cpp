#include "delivery/local/message_filter.h"


#include "common/base/octets.h"
#include "common/base/text.h"
#include "delivery/local/command.h"
#include "delivery/local/copy.h"

namespace gp::local {
namespace {

constexpr std::string_view option_name = "transport_filter";

Result<Ran> run_filter(const Job& job, std::size_t most)
{
    std::vector<std::string> words;
    for (const auto& word : job.options.all(option_name)) {
        if (word != "$pipe_addresses") {
            words.push_back(word);
            continue;
        }
        for (const auto& target : job.request.targets)
            words.push_back(target.address);
    }
    if (!words[0].starts_with('/'))
        return temporary("the transport filter \"" + escape(words[0]) + "\" is not named by an absolute path");
    auto rules = TRY(copy_rules(job));
    // What belongs to the mailbox's form comes after the filter.
    rules.prefix.clear();
    rules.suffix.clear();
    rules.check_string.clear();
    const auto timeout = TRY(job.options.time("transport_filter_timeout", Duration{300'000}));
    const CommandLimits limits{.timeout = timeout, .max_output = most, .umask = 022, .takes_errors = false};
    return run_command(words, environment_of(job), limits, [&](int into) {
        return write_copy(job, rules, [&](std::string_view octets) { return write_all(into, octets, "the filter"); });
    });
}

Status judge(const Job& job, const Ran& ran)
{
    const std::string who = "transport filter process of " + job.instruction().transport + " transport ";
    if (ran.timed_out) {
        // A pipe's timeout is for good unless it is told otherwise (manual 29.5, timeout_defer).
        const bool fails = job.instruction().driver == "pipe" && !TRY(job.options.flag("timeout_defer", false));
        const std::string text = "transport filter timeout while writing to pipe";
        return fails ? permanent(text) : temporary(text, Cause::timeout);
    }
    if (!ran.started)
        return temporary("transport filter process failed (127): unable to execute command");
    if (ran.signalled)
        return temporary(who + "was ended by signal " + std::to_string(ran.code));
    if (ran.code != 0)
        return temporary("transport filter process failed (" + std::to_string(ran.code) + ")");
    if (ran.too_much_output)
        return temporary(who + "made too large a message");
    return ran.fed;
}

}

bool has_message_filter(const Job& job)
{
    return job.options.has(option_name);
}

Result<std::unique_ptr<FilteredJob>> FilteredJob::make(const Job& job)
{
    const auto most = static_cast<std::size_t>(std::max<std::uint64_t>(1, job.parameters.child_memory_mib / 4)) * 1024 * 1024;
    auto ran = TRY(run_filter(job, most));
    TRY(judge(job, ran));
    std::unique_ptr<FilteredJob> made{new FilteredJob};
    made->request_ = job.request;
    auto& instruction = made->request_.instruction;
    instruction.headers_add.clear(); // the filter has seen them
    instruction.headers_remove.clear();
    instruction.header_changes.clear();
    std::erase_if(instruction.options, [](const router::Option& option) {
        return option.name == option_name || option.name == "headers_only" || option.name == "body_only" ||
               option.name == "return_path_add" || option.name == "envelope_to_add" || option.name == "delivery_date_add";
    });
    instruction.options.push_back({"body_only", "true"}); // all of it is there
    made->message_.body = std::move(ran.output);
    made->message_.body_size = made->message_.body.size();
    made->options_ = std::make_unique<Options>(instruction.options);
    made->job_ = std::make_unique<Job>(Job{.request = made->request_,
                                           .message = made->message_,
                                           .parameters = job.parameters,
                                           .options = *made->options_,
                                           .launcher = job.launcher});
    return made;
}

}
