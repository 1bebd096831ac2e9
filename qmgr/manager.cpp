#include "qmgr/manager.h"

#include "common/log/log.h"

namespace gp::qmgr {
namespace {

constexpr std::uint32_t share_of_one_user = 4; // a quarter of control_clients
constexpr std::size_t deliveries_in_a_turn = 256;
constexpr std::size_t prepared_in_a_turn = 16; // the first are on their way while the next are asked about
constexpr std::size_t plenty_of_jobs = 500;    // wait for delivery
constexpr std::size_t few_preparing = 16;
constexpr std::size_t hints_tidied_in_a_tick = 200;
constexpr Duration tick_interval{1000};
constexpr Duration first_run_delay{300};

}

Manager::Manager(const Parameters& parameters, const Links& links, const Clock& clock,
                 std::unique_ptr<RetryBook> book, std::unique_ptr<hints::Store> account_store,
                 std::unique_ptr<hints::Store> link_store)
    : core_(parameters, links, clock, std::move(book), std::move(account_store), std::move(link_store)), recorder_(core_), settle_(core_),
      admission_(core_, [this](Message& message) {
          (message.first ? to_prepare_ : to_prepare_again_).push_back(message.number);
          ++core_.to_prepare;
      }),
      runs_(core_, admission_, recorder_), reports_(core_, recorder_, settle_),
      closing_(core_, recorder_, reports_, settle_, admission_,
               [this](const QueueId& id, const std::vector<std::uint64_t>& runs,
                      const std::vector<QueueId>& reports) { runs_.over(id, runs, reports); },
               [this](const std::vector<QueueId>& reports) { runs_.let_go_first(reports); }),
      dispatch_(core_, settle_,
                {.over = [this](Message& message) { may_close(message); },
                 .shorter = [this](const std::string& destination) { admission_.shrank(destination); },
                 .eased = [this](const Paces::Meters& meters) { admission_.eased(meters); },
                 .precede = [this](const std::vector<QueueId>& made) { runs_.let_go_first(made); }}),
      routing_(core_, recorder_, settle_), intake_(core_, recorder_, admission_, reports_), hints_(*core_.book),
      requests_(hints_, runs_, core_)
{
    core_.kick = [this] { kick(); };
    core_.link.on_return = [this, then = std::move(core_.link.on_return)] {
        then();
        next_run_ = core_.clock.seconds(); // where there are runs: what waited through the outage waits no longer
        kick();
    };
    if (!core_.links.host)
        return;
    core_.has_hints = false;
    core_.borrow = [this](const std::vector<std::string>& ids) { return intake_.borrow(ids); };
}

Manager::~Manager()
{
    *alive_ = false;
}

void Manager::start()
{
    started_ = true;
    ticker_ = std::make_unique<event::Timer>([this] { tick(); });
    ticker_->start_every(tick_interval);
    auto& spoold = core_.links.spoold;
    spoold.on_connect([this](const std::shared_ptr<ipc::Channel>&) { intake_.connected(); });
    for (auto* link : {&core_.links.router, &core_.links.remote, &core_.links.launcher, &core_.links.bounce})
        link->on_connect([this](const std::shared_ptr<ipc::Channel>&) { kick(); });
    if (spoold.connected())
        intake_.connected();
    // The first timed run is not waited for (manual 5.3, -q<time>); but the suite tells of its start before.
    first_run_ = std::make_unique<event::Timer>([this] {
        next_run_ = core_.clock.seconds();
        run_when_due();
    });
    next_run_ = core_.clock.seconds() + core_.parameters.queue_interval;
    first_run_->start(first_run_delay);
    if (core_.links.host)
        join_host();
    kick();
}

// A guest delivers nothing before it knows what the suite knows of hosts that are down.
void Manager::join_host()
{
    auto spawned = event::Loop::current().spawn("hints", [this] {
        if (auto shared = share_hints(*core_.book, *core_.links.host, core_.answer_deadline()); !shared)
            log::warning("retry times of the running suite: " + shared.error().text);
        core_.has_hints = true;
        kick();
    });
    if (!spawned)
        core_.has_hints = true;
}

void Manager::stop()
{
    core_.stopping = true;
    admission_.stopping();
    ticker_.reset();
    first_run_.reset();
    for (auto& [number, message] : core_.active)
        message->released.notify(); // nobody waits for an agent any more
    core_.book->flush();
    core_.accounts.flush();
    core_.link.flush();
}

bool Manager::is_busy() const
{
    return !to_close_.empty() || closing_now_ > 0 ||
           core_.scheduler.in_flight(Agent::remote) + core_.scheduler.in_flight(Agent::local) > 0;
}

void Manager::reload(const Parameters& parameters, RetryRules rules)
{
    core_.parameters = parameters;
    core_.selector = mainlog::LogSelector::parse(parameters.log_selector, parameters.log_ports);
    core_.accounts.change(Core::account_settings(parameters));
    core_.link.change(Core::link_settings(parameters));
    core_.book->replace_rules(std::move(rules));
    core_.routes.clear();
    core_.paces.change(parameters);
    core_.scheduler.set_limits(Core::scheduler_limits(parameters));
    if (parameters.queue_interval > 0)
        next_run_ = std::min(next_run_, core_.clock.seconds() + parameters.queue_interval);
    kick();
}

// Once in a turn, however many have reason to.
void Manager::kick()
{
    if (kicked_ || !started_)
        return;
    kicked_ = true;
    event::Loop::current().defer([this, alive = alive_] {
        if (*alive)
            pump();
    });
}

void Manager::pump()
{
    kicked_ = false;
    start_closing(); // while stopping too: what is known is recorded
    if (core_.stopping)
        return;
    run_when_due();
    admission_.pump();
    start_preparing();
    if (!dispatch_.start_deliveries(deliveries_in_a_turn))
        kick();
}

void Manager::run_when_due()
{
    const auto now = core_.clock.seconds();
    if (core_.parameters.queue_interval == 0 || now < next_run_ || !intake_.is_reconciled())
        return;
    next_run_ = now + core_.parameters.queue_interval;
    runs_.timed();
}

void Manager::tick()
{
    if (core_.stopping)
        return;
    const auto now = core_.clock.seconds();
    admission_.tick();
    intake_.tick();
    dispatch_.tick();
    core_.scheduler.tick();
    run_when_due();
    if (now >= next_flush_) {
        next_flush_ = now + core_.parameters.hints_flush;
        core_.book->flush();
        core_.accounts.flush();
        core_.link.flush();
        core_.scheduler.forget_idle();
        core_.paces.forget_idle();
    }
    core_.book->tidy(hints_tidied_in_a_tick);
    kick();
}

// Where enough is there to deliver, deliveries' answers do not wait behind hundreds of envelopes.
std::size_t Manager::most_preparing() const
{
    const std::size_t most = core_.parameters.routing_limit;
    return core_.scheduler.jobs() < plenty_of_jobs ? most : std::min(most, few_preparing);
}

void Manager::start_preparing()
{
    for (std::size_t begun = 0; core_.has_hints && preparing_ < most_preparing(); ++begun) {
        if (begun == prepared_in_a_turn)
            return go_on_next_turn();
        is_firsts_turn_ = to_prepare_again_.empty() || (!is_firsts_turn_ && !to_prepare_.empty());
        auto& line = is_firsts_turn_ ? to_prepare_ : to_prepare_again_;
        if (line.empty())
            return;
        const auto number = line.front();
        if (!event::Loop::current().spawn("prepare", [this, number] { prepare(number); }))
            return; // no fiber left: the next tick tries again
        line.pop_front();
        --core_.to_prepare;
        ++preparing_;
    }
}

void Manager::go_on_next_turn()
{
    if (std::exchange(goes_on_, true))
        return;
    const auto begun = event::Loop::current().spawn("go on", [this] {
        event::yield();
        goes_on_ = false;
        kick();
    });
    goes_on_ = static_cast<bool>(begun); // no fiber left: what is being prepared has pump() called when it is
}

void Manager::prepare(std::uint64_t number)
{
    const auto result = routing_.prepare(number);
    --preparing_;
    auto& message = *core_.find(number);
    switch (result) {
    case Routing::Result::ready:
        message.is_prepared = true;
        if (!message.removed_by.empty())
            dispatch_.stop(message, "removed by " + message.removed_by);
        else if (message.troubled)
            dispatch_.stop(message, "router did not answer");
        else
            dispatch_.hand_in(message);
        if (message.unsettled == 0)
            may_close(message);
        break;
    case Routing::Result::put_off:
        closing_.put_off(message);
        break;
    case Routing::Result::slowed:
        closing_.slow(message);
        break;
    case Routing::Result::gone:
        closing_.gone(message);
        break;
    case Routing::Result::broken:
        closing_.broken(message);
    }
    kick();
}

void Manager::remove_after(Message& message, const std::string& who)
{
    message.removed_by = who;
    if (!message.is_prepared)
        return; // prepare() looks
    dispatch_.stop(message, "removed by " + who);
    if (message.unsettled == 0)
        may_close(message);
}

void Manager::may_close(Message& message)
{
    if (message.closing)
        return;
    message.closing = true;
    to_close_.push_back(message.number);
    kick();
}

void Manager::start_closing()
{
    while (!to_close_.empty() && closing_now_ < core_.parameters.closing_limit) {
        const auto number = to_close_.front();
        auto spawned = event::Loop::current().spawn("close", [this, number] {
            closing_.run(number);
            --closing_now_;
            kick();
        });
        if (!spawned)
            return;
        to_close_.pop_front();
        ++closing_now_;
    }
}

// No user takes all connections, and none keeps administrators out.
bool Manager::admits(const Caller& caller)
{
    const auto& parameters = core_.parameters;
    const auto of_one_user = std::max<std::uint32_t>(1, parameters.control_clients / share_of_one_user);
    if (caller.is_admin ? controls_ < 2 * parameters.control_clients
                        : controls_ < parameters.control_clients && controls_of_[caller.uid] < of_one_user)
        return true;
    constexpr std::int64_t interval = 60; // seconds between two such lines
    const auto now = core_.clock.seconds();
    if (now - refusal_told_ < interval)
        return false;
    refusal_told_ = now;
    log::warning("uid " + std::to_string(caller.uid) + " or others have too many connections to the control socket "
                     "(control_clients)");
    return false;
}

void Manager::serve(OwnedFd socket)
{
    const auto caller = Caller::of(socket.get(), core_.parameters);
    if (!admits(caller))
        return; // closed at once: the client says that it cannot ask
    Operator answers{desk(), caller};
    ++controls_;
    ++controls_of_[caller.uid];
    event::Notice closed;
    // Ordinary users ask here: a few small questions at a time. Administrators bring whole messages.
    const ipc::Channel::Limits limits{.in_flight = 8,
                                      .max_frame = caller.is_admin ? Import::max_size + 64 * 1024 : std::size_t{128 * 1024}};
    auto channel = ipc::Channel::open(std::move(socket), "control", &answers, limits);
    channel->on_close([&closed] { closed.notify(); });
    closed.wait(event::Deadline::never()); // the channel knows our answers until then
    answers.wait_until_idle();
    --controls_;
    if (--controls_of_[caller.uid] == 0)
        controls_of_.erase(caller.uid);
}

}
