// qmgr - decides when.
//
// Owns the schedule of all messages in the queue: first attempts, retries by the configuration's rules,
// fairness between destinations, queue runs, delay warnings, expiry, and what operators order over the
// control socket. It learns of messages from spoold, asks router where they go, hands deliveries to the
// agents and records in the spool what became of them. It touches no mail file and no network; all it owns on
// disk are retry hints, which may be lost without harm.

#include <unistd.h>

#include "common/log/log.h"
#include "common/service/boot.h"
#include "qmgr/manager.h"
#include "qmgr/regex.h"

namespace {

using namespace gp;

// What spoold and the agents send reaches the manager, which is made after the links.
struct Forward : ipc::Dispatcher {
    ipc::Dispatcher* to = nullptr;
    const ipc::Service* find(std::string_view name) const override { return to ? to->find(name) : nullptr; }
};

Result<qmgr::RetryRules> rules_of(const qmgr::Parameters& parameters)
{
    return qmgr::RetryRules::parse(parameters.retry, qmgr::pcre_matcher());
}

std::unique_ptr<qmgr::RetryBook> open_book(const qmgr::Parameters& parameters, const Clock& clock)
{
    std::unique_ptr<hints::Store> store;
    auto opened = parameters.guest ? Result<std::unique_ptr<hints::Store>>(nullptr) : hints::Store::open(parameters.hints_directory + "/retry");
    if (opened)
        store = std::move(opened).take();
    else
        log::alarm(opened.error().text + "; retry times are kept in memory alone");
    auto rules = rules_of(parameters);
    if (!rules)
        service::Boot::die(rules.error().text);
    const qmgr::RetryBook::Settings settings{.data_expire = parameters.retry_data_expire,
                                             .interval_max = parameters.retry_interval_max,
                                             .undecided = parameters.trouble_delay_max};
    return std::make_unique<qmgr::RetryBook>(std::move(store), std::move(rules).take(), settings, clock);
}

// A small store of our own; null when it cannot be had, or a suite for one command would be the first to need it: nobody is
// held, and no outage is known, where there is none.
std::unique_ptr<hints::Store> open_small(const qmgr::Parameters& parameters, std::string_view name, std::string_view what)
{
    const auto path = parameters.hints_directory + "/" + std::string(name);
    const bool is_needed = !parameters.one_shot || ::access(path.c_str(), F_OK) == 0;
    if (parameters.guest || !is_needed)
        return {};
    auto opened = hints::Store::open(path, {.cache = 256 * 1024});
    if (opened)
        return std::move(opened).take();
    log::alarm(opened.error().text + "; " + std::string(what) + " kept in memory alone");
    return {};
}

// A block that config has checked; should it be wrong all the same, the old one stays.
void reload(qmgr::Manager& manager, std::string_view block)
{
    auto parameters = ipc::decode<qmgr::Parameters>(block);
    if (!parameters)
        return log::alarm("reload: parameter block: " + parameters.error().text);
    auto rules = rules_of(*parameters);
    if (!rules)
        return log::alarm("reload: " + rules.error().text);
    manager.reload(*parameters, std::move(rules).take());
}

}

int main(int argc, char** argv)
{
    service::Boot boot{"qmgr", argc, argv};
    const auto parameters = boot.parameters<qmgr::Parameters>();
    auto jailed = std::move(boot).enter_jail();

    const SystemClock clock;
    Forward notices, agent_notices;
    const qmgr::Links links{.spoold = jailed.dial("spoold", &notices),
                            .router = jailed.dial("router"),
                            .remote = jailed.dial("remote", &agent_notices),
                            .launcher = jailed.dial("launcher"),
                            .bounce = jailed.dial("bounce"),
                            .host = parameters.guest ? &jailed.dial("qmgr") : nullptr};
    qmgr::Manager manager{parameters, links, clock, open_book(parameters, clock),
                          open_small(parameters, "accounts", "what is done to accounts is"),
                          open_small(parameters, "outages", "the outages of our own link are")};
    notices.to = &manager.spool_notices();
    agent_notices.to = &manager.agent_notices();
    manager.core().write_line = [&](std::string_view line) {
        return jailed.write_line(line, event::Deadline::in(std::chrono::seconds(parameters.ipc_timeout)));
    };

    return jailed.serve({
        .endpoint = &manager.guests(),
        .on_client = [&](service::Client client) { manager.serve(std::move(client.socket)); },
        .on_start = [&] { manager.start(); },
        .on_stop = [&] { manager.stop(); },
        .on_reload = [&] { reload(manager, jailed.block("params")); },
        .is_busy = [&] { return manager.is_busy(); },
    });
}
