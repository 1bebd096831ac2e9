#include "master/sendmail/control.h"

#include <sysexits.h>

#include "common/base/text.h"
#include "common/mail/message_id.h"
#include "master/sendmail/one_shot.h"

namespace gp::sendmail {

int complain(const Error& error)
{
    std::fprintf(stderr, "exim: %s\n", escape(error.text, true).c_str());
    return error.blame == Blame::permanent ? 1 : EX_TEMPFAIL;
}

int with_suite(const Options& options, int (*act)(const Options& options, const Instance& instance), Obeys obeys)
{
    auto instance = find_instance(options);
    if (!instance) {
        complain(instance.error());
        return options.mode == "-bm" ? EX_TEMPFAIL : 1;
    }
    const bool as_guest = obeys == Obeys::its_own_configuration && OneShot::is_guest_wanted(options, *instance);
    if (!as_guest && !OneShot::is_wanted(options, *instance)) {
        if (auto dropped = become_real_user(); !dropped) // a running suite hears from who really asks
            return complain(dropped.error());
        return act(options, *instance);
    }
    const auto suite = as_guest ? OneShot::start_guest(options, *instance) : OneShot::start(options, *instance);
    if (!suite)
        return complain(suite.error());
    auto own = options;
    // There is no background when this suite has ended. Only an option goes against queue_only.
    if (own.when == WhenDelivered::background)
        own.when = WhenDelivered::foreground;
    else if (own.when == WhenDelivered::as_configured)
        own.when = WhenDelivered::waited_for;
    return act(own, *instance);
}

int with_instance(const Options& options, int (*act)(const Options& options, const Instance& instance))
{
    auto instance = find_instance(options);
    if (instance)
        return act(options, *instance);
    complain(instance.error());
    return options.mode == "-bm" ? EX_TEMPFAIL : 1;
}

Status check_ids(const std::vector<std::string>& ids, std::string_view option)
{
    if (ids.empty())
        return permanent("no message ids given after " + std::string(option) + " option");
    for (const auto& id : ids)
        if (!mail::is_message_id(id))
            return permanent("malformed message id " + id + " after " + std::string(option) + " option");
    return {};
}

void begin_delivery(const Instance& instance, const std::string& id)
{
    const auto begun = ask(instance, qmgr::Run{.ids = {id}}, short_wait);
    if (!begun)
        std::fprintf(stderr, "sendmail: %s is accepted, and delivered when its turn comes: %s\n", id.c_str(),
                     escape(begun.error().text).c_str());
}

void wait_until_tried(const Instance& instance, const std::string& id, WhenDelivered when)
{
    qmgr::Run run{.wait = true, .ids = {id}};
    run.joins_only = when == WhenDelivered::waited_for;
    auto waited = ask(instance, run, long_wait);
    if (!waited)
        std::fprintf(stderr, "sendmail: %s is accepted and will be delivered in the background: %s\n", id.c_str(),
                     escape(waited.error().text).c_str());
}

}
