#include "delivery/local/message_filter.h"

#include <unistd.h>

#include <cerrno>

#include "common/base/octets.h"
#include "common/base/text.h"
#include "delivery/local/command.h"
#include "delivery/local/copy.h"

namespace gp::local {
namespace {

constexpr std::string_view option_name = "transport_filter";

std::vector<std::string> with_addresses(const std::vector<std::string>& words, const std::vector<std::string>& addresses)
{
    std::vector<std::string> made;
    for (const auto& word : words)
        if (word == "$pipe_addresses")
            made.insert(made.end(), addresses.begin(), addresses.end());
        else
            made.push_back(word);
    return made;
}

// What a filter may write, of a child that holds it all.
std::size_t most_output(std::uint64_t child_memory_mib)
{
    return static_cast<std::size_t>(std::max<std::uint64_t>(1, child_memory_mib / 4)) * 1024 * 1024;
}

Result<Ran> run_filter(const Job& job, std::size_t most)
{
    std::vector<std::string> addresses;
    for (const auto& target : job.request.targets)
        addresses.push_back(target.address);
    const auto words = with_addresses(job.options.all(option_name), addresses);
    if (!words[0].starts_with('/'))
        return temporary("the transport filter \"" + escape(words[0]) + "\" is not named by an absolute path");
    auto rules = TRY(copy_rules(job));
    // What belongs to the mailbox's form comes after the filter.
    rules.prefix.clear();
    rules.suffix.clear();
    rules.check_string.clear();
    rules.bsmtp = false;
    const auto timeout = TRY(job.options.time("transport_filter_timeout", Duration{300'000}));
    const CommandLimits limits{.timeout = timeout, .max_output = most, .umask = 022};
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

Status copy_file(int from, int into)
{
    std::string buffer(64 * 1024, '\0');
    for (std::uint64_t at = 0;;) {
        const auto got = TRY(read_at(from, buffer.data(), buffer.size(), at));
        if (got == 0)
            return {};
        at += got;
        TRY(write_all(into, std::string_view(buffer).substr(0, got), "the filter"));
    }
}

// SMTP's lines, the last one ended too (manual 24, transport_filter).
std::string with_crlf(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n' && (at == 0 || text[at - 1] != '\r'))
            out += '\r';
        out += text[at];
    }
    if (!out.empty() && !out.ends_with('\n'))
        out += "\r\n";
    return out;
}

Status replace_file(int file, std::string_view content)
{
    if (::ftruncate(file, 0) != 0 || ::lseek(file, 0, SEEK_SET) != 0)
        return system_error("the filter's output");
    return write_all(file, content, "the filter's output");
}

}

launcher::ProgramReply filter_file(const launcher::FilterQuestion& question, int message, std::uint64_t child_memory_mib)
{
    launcher::ProgramReply reply;
    const auto words = with_addresses(question.words, question.addresses);
    if (words.empty() || !words[0].starts_with('/')) {
        reply.failure = "the transport filter is not named by an absolute path";
        return reply;
    }
    const CommandLimits limits{.timeout = Duration{std::int64_t{question.timeout} * 1000}, .max_output = most_output(child_memory_mib),
                               .umask = 077};
    const auto ran = run_command(words, {"PATH=/bin:/usr/bin"}, limits, [message](int into) { return copy_file(message, into); });
    if (!ran) {
        reply.failure = ran.error().text;
        return reply;
    }
    reply.timed_out = ran->timed_out;
    reply.started = ran->started;
    reply.signalled = ran->signalled;
    reply.code = ran->code;
    reply.too_much = ran->too_much_output;
    if (ran->timed_out || !ran->started || ran->signalled || ran->code != 0 || ran->too_much_output)
        return reply;
    if (!ran->fed)
        reply.failure = ran->fed.error().text;
    else if (const auto kept = replace_file(message, with_crlf(ran->output)); !kept)
        reply.failure = kept.error().text;
    return reply;
}

bool has_message_filter(const Job& job)
{
    return job.options.has(option_name);
}

Result<std::unique_ptr<FilteredJob>> FilteredJob::make(const Job& job)
{
    auto ran = TRY(run_filter(job, most_output(job.parameters.child_memory_mib)));
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
                                           .launcher = job.launcher,
                                           .letters = job.letters});
    return made;
}

}
