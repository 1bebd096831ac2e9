// -q, -R, -S, runq: one run of the queue, in the foreground; with a time, a daemon that begins one each time.
#include <cstdio>
#include <ctime>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "master/sendmail/control.h"
#include "master/sendmail/queue_clock.h"

namespace gp::sendmail {
namespace {

void put_match(std::string& out, std::string_view option, bool is_pattern, const std::string& text)
{
    if (text.empty())
        return;
    out += (out.empty() ? "" : " ") + std::string(option) + (is_pattern ? "r " : " ") + text;
}

// As Exim's log shows them: "-qqf -Rr ^a".
std::string said(const Options& options)
{
    std::string out;
    const bool two_stage = options.values.contains("-qq");
    if (two_stage || options.first_only || options.force || options.local_only)
        out = std::string("-q") + (two_stage ? "q" : "") + (options.first_only ? "i" : "") +
              (options.force ? "f" : "") + (options.thaw ? "f" : "") + (options.local_only ? "l" : "");
    put_match(out, "-R", options.recipient_is_pattern, options.recipient_match);
    put_match(out, "-S", options.sender_is_pattern, options.sender_match);
    return out;
}

qmgr::Run order_of(const Options& options)
{
    qmgr::Run run{.force = options.force, .thaw = options.thaw, .wait = true};
    run.sender_match = options.sender_match;
    run.sender_is_pattern = options.sender_is_pattern;
    run.recipient_match = options.recipient_match;
    run.recipient_is_pattern = options.recipient_is_pattern;
    run.first_only = options.first_only;
    run.local_only = options.local_only;
    run.queue = options.queue_name;
    run.pretend = options.letter.dont_deliver;
    run.two_stage = options.values.contains("-qq");
    if (const auto ages = options.values.find("-Tqt"); ages != options.values.end())
        for (const auto age : split(ages->second, '/'))
            if (const auto read = parse_duration(age))
                run.ages.push_back(static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(*read).count()));
    run.said = said(options);
    if (!options.arguments.empty()) { // they bound the run (manual 5.3)
        run.start_id = options.arguments[0];
        run.end_id = options.arguments.size() > 1 ? options.arguments[1] : std::string{};
    }
    return run;
}

int run(const Options& options, const Instance& instance)
{
    auto reply = ask(instance, order_of(options), long_wait);
    return reply ? 0 : complain(reply.error());
}

int run_once(const Options& options)
{
    return with_suite(options, run, Obeys::its_own_configuration);
}

// In Exim's words, with the time, as its log has them: false when it is none, which would fit no message.
bool is_expression(const std::string& text)
{
    const auto compiled = lookup::Regex::compile(text, lookup::Regex::caseless);
    if (compiled)
        return true;
    const auto head = "regular expression error in \"" + text + "\"";
    const auto& told = compiled.error().text; // "…in "TEXT": REASON at offset N"
    const auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &local);
    std::fprintf(stderr, "%s regular expression error%s while compiling %s\n", stamp,
                 escape(told.substr(told.starts_with(head) ? head.size() : 0)).c_str(), escape(text).c_str());
    return false;
}

int run_queue(const Options& options)
{
    if ((options.sender_is_pattern && !is_expression(options.sender_match)) ||
        (options.recipient_is_pattern && !is_expression(options.recipient_match)))
        return 1;
    return options.interval.empty() ? run_once(options) : run_by_the_clock(options, order_of(options), run_once);
}

const RegisterMode entry{{.name = "-q", .run = run_queue, .doc = "run the queue: once, or again and again after a time (-q30m)"}};

}
}
