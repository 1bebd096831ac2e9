// tally: the one owner of counts: rates, what has been seen, what callouts have learnt.
//
// Berkeley DB files wedge when one of several writers is killed; so there is one writer, and the router processes
// ask it. It survives restarts with its files, and losing them costs only the counts.

#include "common/ipc/endpoint.h"
#include "common/service/boot.h"
#include "router/tally/ledger.h"
#include "router/tally/parameters.h"

namespace {

using namespace gp;

constexpr std::size_t tidied_at_once = 200; // records at each flush

class Counter final : public ipc::Endpoint<tally::Rate, tally::Seen, tally::Recall, tally::Remember> {
public:
    explicit Counter(tally::Ledger& ledger) : ledger_(ledger) {}
    Result<tally::RateReply> answer(const tally::Rate& question, ipc::Channel&) override { return ledger_.rate(question); }
    Result<tally::SeenReply> answer(const tally::Seen& question, ipc::Channel&) override { return ledger_.seen(question); }
    Result<tally::RecallReply> answer(const tally::Recall& question, ipc::Channel&) override { return ledger_.recall(question); }
    void notice(const tally::Remember& message, ipc::Channel&) override { ledger_.remember(message); }

private:
    tally::Ledger& ledger_;
};

}

int main(int argc, char** argv)
{
    service::Boot boot{"tally", argc, argv};
    const auto parameters = boot.parameters<tally::Parameters>();
    auto jailed = std::move(boot).enter_jail();
    const SystemClock clock;
    auto ledger = tally::Ledger::open(parameters.hints_directory, clock);
    if (!ledger)
        service::Boot::die(ledger.error().text);
    Counter counter{**ledger};
    std::optional<event::Timer> timer;
    service::Serving serving{.endpoint = &counter};
    serving.on_start = [&] {
        timer.emplace([&] {
            (*ledger)->flush();
            (*ledger)->tidy(tidied_at_once);
        });
        timer->start_every(std::chrono::seconds(std::max(parameters.hints_flush, 1u)));
    };
    return jailed.serve(serving);
}
