#include "tests/unit/qmgr/suite.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/spool/fields.h"

namespace gp::qmgr::test {

using gp::test::channel_pair;

void Process::connect(ipc::Link& link, ipc::Dispatcher* notices)
{
    auto [theirs, ours] = channel_pair(notices, &endpoint());
    channel_ = ours;
    link.add(theirs);
}

void Process::cut()
{
    if (channel_)
        channel_->close("killed by the test");
    channel_.reset();
}

void Process::die()
{
    ++life_;
    cut();
}

// --- spool ---

mail::Envelope FakeSpool::envelope_now(const Stored& stored) const
{
    auto envelope = stored.envelope;
    envelope.done_children.assign(stored.children.begin(), stored.children.end());
    return envelope;
}

spoold::Entry FakeSpool::entry_of(const std::string& id, bool with_envelope)
{
    auto& stored = messages.at(id);
    stored.told_leased = stored.told_leased || stored.leases > 0;
    spoold::Entry entry;
    entry.id = id;
    entry.ticket = "ticket of " + id;
    entry.size = 1234;
    entry.received = stored.envelope.received;
    entry.next_try = stored.next_try;
    entry.frozen = stored.envelope.frozen;
    entry.queue = stored.envelope.queue;
    entry.leased = stored.leases > 0;
    entry.uncertain = stored.uncertain;
    if (with_envelope)
        entry.envelope = spool::encode_envelope(envelope_now(stored));
    return entry;
}

void FakeSpool::put(mail::Envelope envelope)
{
    const auto id = envelope.id;
    messages[id].envelope = std::move(envelope);
    arrived_again(id);
}

void FakeSpool::arrived_again(const std::string& id)
{
    if (channel_)
        channel_->send(spoold::Arrived{{entry_of(id, true)}});
}

void FakeSpool::delivered(const std::string& id, const std::vector<std::uint32_t>& recipients,
                          const std::vector<std::string>& children)
{
    const auto at = messages.find(id);
    if (at == messages.end())
        return;
    for (const auto index : recipients)
        at->second.envelope.recipients.at(index).done = true;
    at->second.children.insert(children.begin(), children.end());
}

void FakeSpool::lease(const std::string& id)
{
    if (const auto at = messages.find(id); at != messages.end())
        ++at->second.leases;
}

void FakeSpool::lease_ended(const std::string& id, bool lost, bool uncertain)
{
    const auto at = messages.find(id);
    if (at == messages.end() || at->second.leases == 0)
        return;
    auto& stored = at->second;
    stored.uncertain = stored.uncertain || uncertain;
    if (--stored.leases > 0)
        return;
    if ((lost || std::exchange(stored.told_leased, false)) && channel_)
        channel_->send(spoold::Released{.id = id, .uncertain = uncertain});
}

Result<spoold::SnapshotReply> FakeSpool::answer(const spoold::Snapshot& question, ipc::Channel&)
{
    ++snapshots;
    spoold::SnapshotReply reply;
    auto at = messages.upper_bound(question.after);
    for (; at != messages.end() && reply.entries.size() < std::min<std::size_t>(question.most, page); ++at)
        reply.entries.push_back(entry_of(at->first, false));
    reply.more = at != messages.end();
    return reply;
}

Result<spoold::GetEnvelope::Reply> FakeSpool::answer(const spoold::GetEnvelope& question, ipc::Channel&)
{
    ++envelopes_asked;
    if (!messages.contains(question.id))
        return permanent("no message " + question.id, Cause::not_found);
    if (damaged.contains(question.id))
        return temporary(question.id + " is damaged");
    spoold::GetEnvelope::Reply reply;
    reply.entry = entry_of(question.id, true);
    if (question.want_reason)
        reply.entry.reason = messages.at(question.id).reason;
    if (question.want_headers)
        reply.headers = headers;
    return reply;
}

Result<spoold::SearchReply> FakeSpool::answer(const spoold::Search& question, ipc::Channel&)
{
    spoold::SearchReply reply;
    auto at = messages.upper_bound(question.after);
    for (; at != messages.end() && reply.entries.size() < question.most; ++at) {
        reply.last = at->first;
        const auto& envelope = at->second.envelope;
        if (damaged.contains(at->first) || (question.one_queue && envelope.queue != question.queue) ||
            envelope.sender.find(question.sender) == std::string::npos)
            continue;
        reply.entries.push_back(entry_of(at->first, true));
        reply.entries.back().reason = at->second.reason;
    }
    reply.more = at != messages.end();
    return reply;
}

Result<ipc::Done> FakeSpool::answer(const spoold::Record& record, ipc::Channel& from)
{
    if (refused.contains(record.kind))
        return permanent("this is not for qmgr");
    records.push_back(record);
    const auto at = messages.find(record.id);
    if (at == messages.end()) {
        if (record.kind == spoold::Record::Kind::message_done)
            return ipc::Done{};
        return permanent("no message " + record.id, Cause::not_found);
    }
    auto& stored = at->second;
    switch (record.kind) {
    case spoold::Record::Kind::recipients_done:
        delivered(record.id, record.recipients, record.children);
        break;
    case spoold::Record::Kind::deferred:
        stored.next_try = record.next_try;
        stored.reason = record.reason;
        break;
    case spoold::Record::Kind::message_done:
        messages.erase(at);
        break;
    case spoold::Record::Kind::frozen:
        stored.envelope.frozen = record.frozen;
        break;
    case spoold::Record::Kind::envelope:
        stored.envelope = TRY(spool::decode_envelope(record.envelope));
    }
    if (die_after_records > 0 && --die_after_records == 0)
        from.close("killed before the answer");
    return ipc::Done{};
}

Result<spoold::Fetched> FakeSpool::answer(const spoold::Fetch&, ipc::Channel&)
{
    return spoold::Fetched{.headers = headers, .body = "text\r\n", .large = {}, .body_size = 6};
}

void FakeSpool::notice(const spoold::Release&, ipc::Channel&) {}

// --- router ---

router::Delivery FakeRouter::to_host(const std::string& address, const std::string& host,
                                     const std::string& ip)
{
    router::Delivery delivery;
    delivery.address = delivery.unique = address;
    delivery.router = "dnslookup";
    delivery.transport = "remote_smtp";
    delivery.driver = "smtp";
    delivery.local_part = address.substr(0, address.find('@'));
    delivery.domain = domain_of(address);
    delivery.hosts.push_back({.name = host, .addresses = {ip}});
    delivery.retry_key = "R:" + delivery.domain;
    return delivery;
}

router::Delivery FakeRouter::to_mailbox(const std::string& address)
{
    router::Delivery delivery;
    delivery.address = delivery.unique = address;
    delivery.router = "localuser";
    delivery.transport = "local_delivery";
    delivery.driver = "appendfile";
    delivery.local_part = address.substr(0, address.find('@'));
    delivery.domain = domain_of(address);
    delivery.uid = 1000;
    delivery.log_as_local = true;
    delivery.retry_key = "R:" + address;
    return delivery;
}

router::RoutedRecipient FakeRouter::usual(std::uint32_t index, const std::string& address)
{
    const std::string domain(domain_of(address));
    if (domain == "local.example")
        return {.index = index, .deliveries = {to_mailbox(address)}};
    return {.index = index, .deliveries = {to_host(address, "mx." + domain, "192.0.2.1")}};
}

Result<router::RouteReply> FakeRouter::answer(const router::Route& question, ipc::Channel& from)
{
    ++asked;
    targets += question.targets.size();
    questions.push_back(question);
    if (wants_headers && question.headers.empty())
        return router::RouteReply{.wants_headers = true};
    router::RouteReply reply{.recipients = {}, .lifetime = lifetime};
    for (const auto& target : question.targets)
        reply.recipients.push_back(route(target.index, target.address));
    if (silent)
        from.close("killed before the answer");
    return reply;
}

Result<router::Expanded> FakeRouter::answer(const router::ExpandOption&, ipc::Channel&)
{
    return router::Expanded{.text = expanded};
}

Result<router::MatchedRetryLists> FakeRouter::answer(const router::MatchRetryLists& question, ipc::Channel&)
{
    list_questions.push_back(question);
    router::MatchedRetryLists reply;
    const auto judge = [&](const std::string& subject) {
        return in_lists == "?" ? router::cannot_tell : subject == in_lists ? router::is_in_list : router::is_not_in_list;
    };
    for (const auto& subject : question.subjects)
        reply.patterns.append(question.patterns.size(), judge(subject));
    reply.senders.append(question.senders.size(), judge(question.sender));
    if (in_lists == "?")
        reply.why = "the server does not answer";
    return reply;
}

// --- agents ---

Result<delivery::DeliverReply> FakeAgent::answer(const delivery::Deliver& request, ipc::Channel& from)
{
    const auto life = life_;
    requests.push_back(request);
    spool_.lease(request.id);
    most_running = std::max(most_running, ++running);
    if (before)
        before(request);
    --running;
    if (recording && life == life_) {
        from.send(delivery::Spoken{request.number});
        from.send(delivery::Spoken{request.number}); // one that is not itself says it again
        recording(request);
    }
    if (life != life_) {
        if (!lease_outlives_death)
            spool_.lease_ended(request.id, true);
        return temporary("dead");
    }
    delivery::DeliverReply reply;
    reply.started = 1'000'000;
    reply.ended = 1'500'000;
    for (std::uint32_t i = 0; i < request.targets.size(); ++i) {
        const auto& target = request.targets[i];
        delivery::Outcome outcome;
        outcome.fate = delivery::Fate::delivered;
        if (request.instruction.driver == "smtp") {
            outcome.text = "250 OK";
            outcome.host_name = request.instruction.hosts.at(0).name;
            outcome.host_address = request.instruction.hosts.at(0).addresses.at(0);
            outcome.host_port = 25;
        }
        if (fate) {
            auto other = fate(request, target);
            if (other.fate != delivery::Fate::delivered)
                outcome = other;
        }
        outcome.target = i;
        if (outcome.fate == delivery::Fate::delivered) {
            ++delivered[request.id + " " + target.address];
            const std::vector<std::uint32_t> done{target.recipient};
            spool_.delivered(request.id, target.completes ? done : std::vector<std::uint32_t>{},
                             {target.unique});
        }
        reply.outcomes.push_back(outcome);
    }
    if (finish)
        finish(request, reply);
    spool_.lease_ended(request.id, false);
    return reply;
}

delivery::Outcome deferred(const std::string& text, const std::string& error_name, std::uint32_t code)
{
    delivery::Outcome outcome;
    outcome.fate = delivery::Fate::deferred;
    outcome.text = text;
    outcome.error_name = error_name;
    outcome.smtp_code = code;
    outcome.host_name = "mx.there.example";
    outcome.host_address = "192.0.2.1";
    outcome.host_port = 25;
    return outcome;
}

delivery::Outcome failed(const std::string& text, std::uint32_t code)
{
    auto outcome = deferred(text, "", code);
    outcome.fate = delivery::Fate::failed;
    return outcome;
}

std::function<router::RoutedRecipient(std::uint32_t, const std::string&)> frozen_by_a_filter(std::string why)
{
    return [why = std::move(why)](std::uint32_t index, const std::string& address) {
        return router::RoutedRecipient{.index = index,
                                       .unrouted = {{.why = router::Unrouted::Why::deferred,
                                                     .address = address,
                                                     .unique = address,
                                                     .router = "filter",
                                                     .text = why,
                                                     .freeze = true}}};
    };
}

void refuse_connections(FakeAgent& agent)
{
    agent.fate = [](const delivery::Deliver&, const delivery::Target&) {
        delivery::Outcome outcome;
        outcome.fate = delivery::Fate::deferred;
        outcome.text = "Connection refused";
        outcome.error_name = "refused_MX";
        outcome.host_error = true;
        return outcome;
    };
    agent.finish = [](const delivery::Deliver& request, delivery::DeliverReply& reply) {
        for (const auto& host : request.instruction.hosts)
            for (const auto& address : host.addresses)
                if (std::ranges::count(request.hosts_to_skip, address + ":25") == 0)
                    reply.host_failures.push_back({.name = host.name,
                                                   .address = address,
                                                   .port = 25,
                                                   .error_name = "refused_MX",
                                                   .text = "Connection refused"});
    };
}

Result<delivery::ReportReply> FakeBounce::answer(const delivery::Report& report, ipc::Channel& from)
{
    reports.push_back(report);
    if (refuses)
        return temporary("no room");
    mail::Envelope envelope;
    envelope.id = "1Bounc-000" + base62_encode(static_cast<std::uint64_t>(++made_), 3) + "-00";
    envelope.received = 1'700'000'000'000'000;
    envelope.recipients.push_back({.address = report.to});
    envelope.is_bounce = true;
    std::vector<std::uint32_t> settled;
    for (const auto& failure : report.failures)
        if (report.kind == delivery::Report::Kind::failure && failure.completes)
            settled.push_back(failure.recipient);
    spool_.delivered(report.envelope.id, settled, {});
    spool_.put(envelope);
    if (die_after > 0 && --die_after == 0)
        from.close("killed before the answer");
    return delivery::ReportReply{.id = envelope.id};
}

// --- suite ---

Suite::Suite()
{
    parameters.trouble_delay = 1;
    parameters.ipc_timeout = 4;
    parameters.local_first = 0;
    parameters.report_pause = 0;
    log::set_sink([this](const log::Entry& entry) {
        if (entry.file == log::File::main && !entry.text.starts_with("warning: closing channel"))
            log_ += std::string(entry.text) + "\n";
    });
}

Suite::~Suite()
{
    let_go();
    // Their fibers end when their calls fail.
    for (int i = 0; i < 5000 && event::Loop::current().fibers() > 1; ++i)
        event::sleep_for(Duration{2});
    EXPECT_LE(event::Loop::current().fibers(), 1u); // a fiber that outlives its manager looks at freed memory
    log::set_sink({});
}

void Suite::let_go()
{
    control_.reset();
    if (!manager)
        return;
    manager->stop();
    for (Process* process :
         {static_cast<Process*>(&spool), static_cast<Process*>(&router), static_cast<Process*>(&remote),
          static_cast<Process*>(&launcher), static_cast<Process*>(&bounce)})
        process->cut();
    auto& grave = graves_.emplace_back();
    grave.manager = std::move(manager);
    for (auto* link : {&spoold_link, &router_link, &remote_link, &launcher_link, &bounce_link})
        grave.links.push_back(std::move(*link));
}

void Suite::start()
{
    spoold_link = std::make_unique<ipc::Link>("spoold");
    router_link = std::make_unique<ipc::Link>("router");
    remote_link = std::make_unique<ipc::Link>("remote");
    launcher_link = std::make_unique<ipc::Link>("launcher");
    bounce_link = std::make_unique<ipc::Link>("bounce");
    auto parsed = RetryRules::parse(rules, {});
    EXPECT_TRUE(parsed) << parsed.error().text;
    auto book = std::make_unique<RetryBook>(nullptr, std::move(parsed).take(), RetryBook::Settings{}, clock);
    manager = std::make_unique<Manager>(parameters,
                                        Links{.spoold = *spoold_link,
                                              .router = *router_link,
                                              .remote = *remote_link,
                                              .launcher = *launcher_link,
                                              .bounce = *bounce_link},
                                        clock, std::move(book));
    manager->start();
    spool.connect(*spoold_link, &manager->spool_notices());
    router.connect(*router_link);
    remote.connect(*remote_link, &manager->agent_notices());
    launcher.connect(*launcher_link);
    bounce.connect(*bounce_link);
    EXPECT_TRUE(wait_for([&] { return manager->has_read_queue(); }));
}

void Suite::restart()
{
    let_go();
    start();
}

void Suite::advance(std::int64_t seconds)
{
    clock.advance(std::chrono::seconds(seconds));
    manager->tick();
}

std::string Suite::send(const std::string& sender, const std::vector<std::string>& recipients,
                        const std::function<void(mail::Envelope&)>& change)
{
    mail::Envelope envelope;
    envelope.id = "16aiQz-000" + base62_encode(static_cast<std::uint64_t>(++sent_), 3) + "-00";
    envelope.received = clock.now().time_since_epoch().count();
    envelope.sender = sender;
    for (const auto& address : recipients)
        envelope.recipients.push_back({.address = address});
    if (change)
        change(envelope);
    spool.put(envelope);
    return envelope.id;
}

bool Suite::wait_for(const std::function<bool()>& what, int milliseconds)
{
    const auto until = event::Deadline::in(Duration{milliseconds});
    while (!what()) {
        if (until.expired())
            return false;
        event::sleep_for(Duration{1});
    }
    return true;
}

void Suite::reload()
{
    auto parsed = RetryRules::parse(rules, {});
    ASSERT_TRUE(parsed);
    manager->reload(parameters, std::move(*parsed));
}

void Suite::settle()
{
    EXPECT_TRUE(wait_for([&] {
        if (!manager->core().active.empty())
            return false;
        event::sleep_for(Duration{3}); // what was sent has arrived
        return manager->core().active.empty();
    }));
}

void Suite::open_control()
{
    if (control_ && control_->is_open())
        return;
    auto [ours, theirs] = gp::test::socket_pair();
    gp::test::also("control", [this, end = std::make_shared<OwnedFd>(std::move(theirs))] {
        manager->serve(std::move(*end));
    });
    control_ = ipc::Channel::open(std::move(ours), "qmgr", nullptr);
}

RunReply Suite::run(const Run& order)
{
    open_control();
    auto reply = control_->call(order, gp::test::soon());
    EXPECT_TRUE(reply) << reply.error().text;
    return std::move(reply).value_or({});
}

OperateReply Suite::operate(const std::string& order, const std::string& id,
                            const std::vector<std::string>& arguments)
{
    open_control();
    auto reply = control_->call(Operate{.order = order, .ids = {id}, .arguments = arguments, .who = "root"},
                                gp::test::soon());
    EXPECT_TRUE(reply) << reply.error().text;
    return std::move(reply).value_or({});
}

std::string Suite::told()
{
    std::string text = std::exchange(log_, {});
    for (const auto& line : split(text, '\n')) {
        const auto id = std::string(line.substr(0, line.find(' ')));
        if (id.size() == 16 && id[6] == '-' && !names_.contains(id))
            names_.emplace(id, static_cast<char>('A' + names_.size()));
    }
    for (const auto& [id, name] : names_)
        text = replace_all(text, id, std::string(1, name));
    return text;
}

void play(const std::function<void(Suite&)>& life, const std::function<void(Suite&)>& prepare, Duration limit)
{
    gp::test::run_fiber(
        [&] {
            Suite suite;
            if (prepare)
                prepare(suite);
            suite.start();
            life(suite);
        },
        limit);
}

}
