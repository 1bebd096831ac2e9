// -q, -R, -S, runq: one run of the queue, in the foreground.
#include "common/base/duration.h"
#include "common/base/text.h"
#include "master/sendmail/control.h"

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

int run(const Options& options, const Instance& instance)
{
    if (!options.interval.empty())
        return complain(permanent("-q" + options.interval + " without -bd would be a daemon that runs the queue and takes no mail: "
                                  "the suite does both (gatepost start, or -bd -q" + options.interval + ")"));
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
    auto reply = ask(instance, run, long_wait);
    return reply ? 0 : complain(reply.error());
}

const RegisterMode entry{{.name = "-q",
                          .run = [](const Options& options) { return with_suite(options, run, Obeys::its_own_configuration); },
                          .doc = "run the queue once"}};

}
}
