#include "router/callers.h"
#include "router/desk.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/config/message_template.h"
#include "common/log/debug_log.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/decisions.h"
#include "router/header_steps.h"
#include "router/lasting.h"
#include "router/late_protocol.h"
#include "router/marks_protocol.h"
#include "router/message_scene.h"
#include "router/part_calls.h"
#include "router/percent_hack.h"
#include "router/reply_options.h"
#include "router/scan_calls.h"
#include "router/signature_checks.h"
#include "router/system_filter.h"
#include "router/tally/protocol.h"

namespace gp::router {
namespace {

constexpr std::size_t most_remarks = 20; // in the log, of one message
constexpr std::int32_t error_held = -23, error_queue_domain = -56; // as the log shows them

bool is_numbered(std::span<const config::Identity> list, std::uint32_t id)
{
    return std::ranges::any_of(list, [&](const config::Identity& one) { return one.id == id; });
}

std::string_view fact_of(const ExpandOption& question, std::string_view name)
{
    for (const auto& fact : question.facts)
        if (fact.name == name)
            return fact.value;
    return {};
}

// remote asks whether the host that it talks to is in a list that has names or look-ups in it.
bool is_host_list_question(const ExpandOption& question)
{
    return fact_of(question, "want") == "host_list_match";
}

bool is_command_word_question(const ExpandOption& question)
{
    return question.option == "transport_filter" && !fact_of(question, command_word_fact).empty();
}

// What the texts of a connection see of it.
expand::Address address_in_hand(const ExpandOption& question)
{
    expand::Address address;
    address.local_part = fact_of(question, "local_part");
    address.domain = fact_of(question, "domain");
    address.host = fact_of(question, "host");
    address.host_address = fact_of(question, "host_address");
    if (const auto port = parse_unsigned(fact_of(question, "host_port")))
        address.host_port = static_cast<std::int64_t>(*port);
    address.router_name = fact_of(question, "router_name");
    address.transport_name = question.instance;
    return address;
}

Result<Expanded> match_host_list(expand::Scene& scene, const ExpandOption& question, const expand::ListText& list)
{
    match::Host host{std::string(fact_of(question, "host_address"))};
    if (const auto name = fact_of(question, "host"); !name.empty())
        host.set_name(std::string(name));
    const auto match = TRY(list.host(scene, host));
    return Expanded{.text = match ? "yes" : "no"};
}

}

Result<std::optional<Unrouted>> Desk::held(const RouteTarget& target, const Route& question, expand::Scene& scene) const
{
    if (question.forced)
        return std::optional<Unrouted>{};
    const auto other = TRY(without_percent(world_.ground(), scene, target.address));
    const auto domain = lower(mail::domain_of(other ? *other : target.address));
    Unrouted out{.why = Unrouted::Why::deferred, .address = target.address, .unique = target.address};
    if (!world_.ground().hold_domains.empty() && TRY(world_.ground().hold_domains.domain(scene, domain))) {
        out.text = "domain is held";
        out.error_number = error_held;
        return std::optional{out};
    }
    if (!question.queue_run && !world_.ground().queue_domains.empty() && TRY(world_.ground().queue_domains.domain(scene, domain))) {
        out.text = "domain is in queue_domains";
        out.error_number = error_queue_domain;
        return std::optional{out};
    }
    return std::optional<Unrouted>{};
}

namespace {

// control = debug of an ACL before this one.
void resume_debug_log(const Ask& question)
{
    for (const auto& one : question.state.switches)
        if (auto log = log::DebugLog::unpacked(one))
            log::debug_into(std::move(*log));
    // What a login says behind its mechanism is nobody's to read.
    const auto shown = question.phase == Phase::auth ? "AUTH " + question.argument.substr(0, question.argument.find(' ')) + " ***" : question.command;
    log::debug("receive", "SMTP<< " + escape(shown, true));
}

void debug_refusal(const Result<AskReply>& reply)
{
    if (!reply || reply->verdict == Verdict::accept)
        return;
    log::debug("receive", "refused: " + escape(reply->text, true) + "; for the log: " + escape(reply->log_text, true));
    if (reply->log_targets & mail::log_to_panic)
        log::trigger_by_panic();
}

}

Result<GreetReply> Desk::answer(const Greet& question, ipc::Channel&)
{
    const log::DebugScope scope;
    return policy_.greet(question);
}

Result<AskReply> Desk::answer(const Ask& question, ipc::Channel& from)
{
    const log::DebugScope scope;
    resume_debug_log(question);
    auto reply = judge(question, from);
    debug_refusal(reply);
    if (reply && proofs_ && !reply->authenticator.empty()) // by the client's certificate
        reply->state.switches.push_back(TRY(proofs_->give(question.origin, reply->authenticator, reply->authenticated_id)));
    return reply;
}

Result<AuthReply> Desk::answer(const Auth& question, ipc::Channel&)
{
    auto reply = logins_.answer(question);
    if (reply.is_accepted && proofs_)
        reply.proof = TRY(proofs_->give(question.origin, reply.authenticator, reply.authenticated_id));
    return reply;
}

Result<AskReply> Desk::judge(const Ask& question, ipc::Channel& from)
{
    constexpr Phase of_whole_messages[] = {Phase::mime, Phase::dkim, Phase::data, Phase::data_prdr, Phase::not_smtp, Phase::not_smtp_mime};
    if (std::ranges::find(of_whole_messages, question.phase) == std::end(of_whole_messages))
        return policy_.ask(question);
    ScanCalls scanners{from, question.message_id, world_.ground(), resting_scanners_};
    PartCalls contents{from, question.message_id};
    std::vector<mail::CheckedSignature> signatures;
    if (question.phase == Phase::dkim)
        signatures = SignatureChecks{from, question.message_id, world_.ground()}.check(question.signatures);
    return policy_.ask(question, {.scanners = &scanners, .contents = &contents, .signatures = &signatures});
}

namespace {

std::vector<std::string> addresses_of(const Route& question)
{
    std::vector<std::string> recipients;
    for (const auto& target : question.targets)
        recipients.push_back(target.address);
    return recipients;
}

// Of a message without any header qmgr sends an empty line, once it has looked for them.
std::string headers_of(const Route& question)
{
    const auto& given = question.headers;
    const std::string present = given == "\n" ? std::string{} : given;
    return question.header_steps.empty() ? present : with_steps(question.header_steps, present);
}

MessageFacts facts_of(const Route& question, const std::vector<std::string>& recipients, const std::string& headers)
{
    return {.id = question.message_id,
            .sender = question.sender,
            .recipients = &recipients,
            .headers = headers,
            .original_headers = question.headers == "\n" ? std::string_view{} : question.headers,
            .size = question.size,
            .body_lines = question.body_lines,
            .longest_line = question.longest_line,
            .body_start = question.body_start,
            .body_end = question.body_end,
            .received = question.received / 1'000'000,
            .queue_run = question.queue_run};
}

// What the system filter left, and which attempt it is.
void show_attempt(const Route& question, MessageScene& message)
{
    message.message().is_first_delivery = question.first;
    message.message().is_manually_thawed = question.thawed;
    for (std::size_t i = 0; i < question.filter_numbers.size(); ++i)
        message.scene().facts.set("sn" + std::to_string(i), Text::clean(std::to_string(question.filter_numbers[i])));
}

}

// A filter that cannot be run freezes the message until it is mended (manual 47).
Result<SystemFiltered> Desk::answer(const RunSystemFilter& question, ipc::Channel&)
{
    const auto& asked = question.message;
    if (!world_.system_filter())
        return SystemFiltered{};
    const auto recipients = addresses_of(asked);
    const auto headers = headers_of(asked);
    MessageScene message{world_, asked.origin, asked.variables, facts_of(asked, recipients, headers)};
    show_attempt(asked, message);
    const Occasion occasion{.sender = asked.sender, .purpose = {}, .base = &message.scene(), .body_start = asked.body_start};
    auto filtered = world_.system_filter()->run(world_.chain(), message, occasion);
    if (!filtered && filtered.error().blame == Blame::temporary)
        return filtered.error();
    if (!filtered)
        return SystemFiltered{.end = SystemFiltered::End::broken, .text = filtered.error().text};
    auto steps = asked.header_steps;
    steps.insert(steps.end(), filtered->header_steps.begin(), filtered->header_steps.end());
    for (auto& delivery : filtered->deliveries)
        take_steps(steps, delivery);
    return filtered;
}

Result<RouteReply> Desk::answer(const Route& question, ipc::Channel&)
{
    const auto recipients = addresses_of(question);
    const auto headers = headers_of(question);
    MessageScene message{world_, question.origin, question.variables, facts_of(question, recipients, headers)};
    show_attempt(question, message);
    const Occasion occasion{.sender = question.sender, .purpose = {}, .base = &message.scene(), .body_start = question.body_start};
    RouteReply reply{.lifetime = lasting_lifetime};
    if (!world_.ground().hold_domains.empty() || !world_.ground().queue_domains.empty() || !world_.ground().queue_smtp_domains.empty())
        reply.lifetime = 0;
    const auto order = TRY(remote_order(message.scene()));
    if (!order.empty())
        reply.lifetime = 0;
    std::vector<std::pair<std::string, std::string>> new_domains;
    for (const auto& target : question.targets) {
        if (auto waits = TRY(held(target, question, message.scene()))) {
            reply.recipients.push_back({.index = target.index, .deliveries = {}, .unrouted = {std::move(*waits)}});
            continue;
        }
        auto routed = world_.chain().route(target.address, target.index, occasion);
        if (!routed.new_domains.empty() && question.headers.empty())
            return RouteReply{.wants_headers = true};
        if (!routed.lasts)
            reply.lifetime = 0;
        reply.notices.insert(reply.notices.end(), routed.notices.begin(), routed.notices.end());
        new_domains.insert(new_domains.end(), routed.new_domains.begin(), routed.new_domains.end());
        reply.recipients.push_back({.index = target.index,
                                    .deliveries = std::move(routed.deliveries),
                                    .unrouted = std::move(routed.unrouted)});
        journal_route(world_, question, target.address, reply.recipients.back());
    }
    if (!new_domains.empty()) // it is of this message's headers
        reply.lifetime = 0;
    for (auto& routed : reply.recipients)
        for (auto& delivery : routed.deliveries) {
            if (!new_domains.empty() && message.message().headers)
                rename_domains(new_domains, *message.message().headers, delivery);
            TRY(complete(delivery, question, order, message.scene()));
        }
    return reply;
}

// What the whole message says of a delivery.
Status Desk::complete(Delivery& delivery, const Route& question, const Text& order, expand::Scene& scene) const
{
    if (!question.header_steps.empty())
        take_steps(question.header_steps, delivery);
    if (!order.empty()) {
        const auto rank = TRY(rank_of(delivery.domain, order, scene));
        delivery.options.push_back({std::string(sort_rank_mark), std::to_string(rank)});
    }
    const auto& queued = world_.ground().queue_smtp_domains;
    delivery.queue_smtp = !queued.empty() && TRY(queued.domain(scene, lower(delivery.domain)));
    return {};
}

Result<Text> Desk::remote_order(expand::Scene& scene)
{
    const auto& settings = world_.configuration().main.all;
    if (!settings.is_set("remote_sort_domains"))
        return Text{};
    const auto list = TRY(expression(*settings.find("remote_sort_domains"), settings.expandable("remote_sort_domains").text));
    return list.expand(scene);
}

// The place of the first item that the domain matches; behind all of them where none does (manual 14.23).
Result<std::uint32_t> Desk::rank_of(const std::string& domain, const Text& list, expand::Scene& scene) const
{
    const auto& lists = scene.world.lists;
    expand::SceneAsker asker{scene};
    std::uint32_t rank = 0;
    for (auto& item : config::split_list(list.text)) {
        const Text text{std::move(item), list.taint, list.quoted_for};
        const auto one = match::List::compile(lists, match::Kind::domain, text, false, false);
        if (TRY(lists.domain(one, lower(domain), asker)))
            break;
        ++rank;
    }
    return rank;
}

// Before any syntax is looked at (manual 31.9).
Result<mail::RewritePath::Reply> Desk::answer(const mail::RewritePath& question, ipc::Channel&)
{
    const std::vector<mail::Variable> none;
    MessageScene message{world_, question.origin, none, {}};
    rewrite::Notes notes;
    mail::RewritePath::Reply reply{.path =
                                 world_.ground().rewriting.command(message.scene(), question.path, &notes)};
    tell(notes, {});
    return reply;
}

// Sender, recipients, headers; the log says what was rewritten where it is asked to (address_rewrite).
Result<Rewritten> Desk::answer(const Rewrite& question, ipc::Channel&)
{
    MessageScene message{world_, question.origin, question.variables,
                         {.id = question.message_id,
                          .sender = question.sender,
                          .recipients = &question.recipients,
                          .headers = question.headers}};
    const auto& rules = world_.ground().rewriting;
    rewrite::Notes notes;
    auto& scene = message.scene();
    Rewritten out;
    for (const auto& recipient : question.recipients)
        out.recipients.push_back(rules.address(scene, recipient, rewrite::env_to, &notes));
    out.sender = rules.address(scene, question.sender, rewrite::env_from, &notes);
    message.message().sender = out.sender; // headers are rewritten after it
    if (rules.apply_to(rewrite::all_headers)) {
        const auto parsed = TRY(mail::HeaderList::parse(question.headers));
        for (const auto& header : parsed.headers)
            if (auto changed = rules.header(scene, header, &notes))
                out.headers.push_back({header.text(), std::move(*changed)});
    }
    tell(notes, question.message_id + " ");
    return out;
}

void Desk::tell(const rewrite::Notes& notes, const std::string& id) const
{
    for (const auto& trouble : notes.troubles)
        log::panic(id + trouble);
    for (std::size_t i = 0; i < std::min(notes.remarks.size(), most_remarks); ++i)
        log::main(id + escape(notes.remarks[i]));
    if (!world_.ground().parameters.log_address_rewrite)
        return;
    for (const auto& note : notes.done)
        log::main(id + "\"" + escape(note.before) + "\" from " + std::string(rewrite::name_of(note.where)) +
                  (rewrite::all_headers & note.where ? ":" : "") + " rewritten as \"" + escape(note.after) + "\" by rule " + std::to_string(note.rule));
}

void Desk::raise(std::string_view event, std::string data)
{
    ExpandOption question{.section = "main", .instance = {}, .option = "event_action"};
    question.facts = {{"event_name", std::string(event)}, {"event_data", std::move(data)}};
    (void)expand(question); // which logs what goes wrong
}

Result<Expanded> Desk::expand(const ExpandOption& question)
{
    const config::Settings* settings = nullptr;
    if (question.section == "main")
        settings = &world_.configuration().main.all;
    else if (const auto* transport = question.section == "transports" ? world_.configuration().transport(question.instance)
                                                                      : nullptr)
        settings = &transport->settings;
    if (!settings || !settings->find(question.option))
        return permanent("no option " + escape(question.section) + " " + escape(question.instance) + " " +
                         escape(question.option));
    const auto& setting = *settings->find(question.option);
    const auto text = settings->expandable(question.option);
    MessageScene message{world_, question.origin, question.variables,
                         {.id = question.message_id,
                          .sender = question.sender,
                          .recipients = &question.recipients,
                          .headers = question.headers,
                          .size = question.size}};
    for (const auto& fact : question.facts)
        message.scene().facts.set(fact.name, fact.name == "event_name" ? Text::clean(fact.value) : Text::from(fact.value, "the remote host"));
    if (fact_of(question, "first_delivery") == "no")
        message.message().is_first_delivery = false;
    const auto address = address_in_hand(question);
    message.scene().address = &address;
    if (is_host_list_question(question))
        return match_host_list(message.scene(), question, TRY(host_list(setting, text.text)));
    const bool is_item = !fact_of(question, template_item_fact).empty();
    if (is_item && question.section == "main" && (question.option == "bounce_message_file" || question.option == "warn_message_file"))
        return template_item(question, TRY(TRY(this->expression(setting, text.text)).expand(message.scene())).text, message.scene());
    const auto expression = TRY(is_command_word_question(question) ? command_word(question, text.text) : this->expression(setting, text.text));
    auto words = expression.expand(message.scene());
    if (words && words->tainted() && fact_of(question, command_word_fact) == "0")
        return permanent("Tainted '" + escape(words->text) + "' (" + question.option + " for " + question.instance +
                         " transport) not permitted: it comes from " + std::string(words->taint));
    if (words)
        return Expanded{.text = std::move(words->text)};
    if (words.error().cause == Cause::forced_fail)
        return Expanded{.forced_failure = true};
    if (question.option == "event_action") { // nothing hangs on it (manual 61)
        log::panic(question.message_id + (question.message_id.empty() ? "" : " ") + "failed to expand event_action " +
                   escape(fact_of(question, "event_name")) + " in " + (question.instance.empty() ? "main" : question.instance) + ": " +
                   escape(trim(words.error().text)));
        return Expanded{};
    }
    return temporary(text.origin.text() + ": " + question.option + ": " + words.error().text);
}

// An item of a template for reports (manual 50); empty where the file has no such item. Header lines come from the file:
// what a header of the message brings along is no line of its own.
Result<Expanded> Desk::template_item(const ExpandOption& question, const std::string& path, expand::Scene& scene) const
{
    const auto number = parse_unsigned(fact_of(question, template_item_fact));
    const auto content = TRY(world_.ground().world.effects.files->read(path, config::longest_template));
    const auto items = config::template_items(content);
    if (!number || *number >= items.size())
        return Expanded{};
    const auto& item = items[*number];
    auto text = TRY(TRY(world_.ground().language.parse(item)).expand(scene)).text;
    std::erase(text, '\r');
    const auto lines = [](const std::string& what) { return std::ranges::count(what, '\n'); };
    const auto written = lines(replace_all(item, "\\n", "\n")); // or as escapes
    if (*number == 0 && lines(text) > written)
        return permanent(path + ": its header lines are more when they are expanded: what they take from a message has line ends");
    return Expanded{.text = std::move(text)};
}

Result<expand::ListText> Desk::host_list(const config::Setting& setting, const std::string& text)
{
    auto& kept = host_lists_[&setting];
    if (kept.empty())
        kept = TRY(expand::ListText::parse(world_.ground().language, match::Kind::host, text));
    return kept;
}

// One word of a command, which was split before anything was expanded.
Result<expand::Expression> Desk::command_word(const ExpandOption& question, const std::string& text) const
{
    const auto words = TRY(config::split_command(text, config::Braces::together));
    const auto number = parse_unsigned(fact_of(question, command_word_fact));
    if (!number || *number >= words.size())
        return permanent("no such word of " + escape(question.option));
    return world_.ground().language.parse(words[*number]);
}

Result<expand::Expression> Desk::expression(const config::Setting& setting, const std::string& text)
{
    auto& kept = expressions_[&setting];
    if (kept.empty())
        kept = TRY(world_.ground().language.parse(text));
    return kept;
}

// A server that will not tell (REFUSED) is no proof that there is nothing, as SERVFAIL is none.
Result<FoundTlsa> Desk::answer(const FindTlsa& question, ipc::Channel&)
{
    const auto name = "_" + std::to_string(question.port) + "._tcp." + question.host;
    const auto patience = event::Deadline::in(std::chrono::seconds{world_.ground().parameters.dns_timeout});
    const auto found = world_.ground().resolver.lookup(name, dns::Type::tlsa, patience);
    if (!found)
        return FoundTlsa{.kind = FoundTlsa::Kind::deferred};
    FoundTlsa out{.kind = found->found() ? FoundTlsa::Kind::records : FoundTlsa::Kind::none, .secure = found->secure};
    for (const auto& one : found->all<dns::TlsAssociation>())
        out.records.push_back({one.usage, one.selector, one.matching, one.data});
    return out;
}

namespace {

// Keys of their own: what remote says is never taken for what a callout has learnt.
std::string hello_key(const std::string& key)
{
    return "hello " + key;
}

}

Result<MatchedRetryLists> Desk::answer(const MatchRetryLists& question, ipc::Channel&)
{
    if (!retry_lists_)
        retry_lists_.emplace(world_.ground().language, world_.configuration().retry);
    const std::vector<mail::Variable> variables;
    const mail::Origin origin;
    MessageScene message{world_, origin, variables, {}};
    return retry_lists_->answer(message.scene(), question);
}

Result<HelloReply> Desk::answer(const RecallHello& question, ipc::Channel&)
{
    return HelloReply{memory_ ? memory_->recall(hello_key(question.key)).value_or("") : std::string{}};
}

// What tally would cut is not kept at all.
Result<ipc::Done> Desk::answer(const KeepHello& question, ipc::Channel&)
{
    const bool is_kept = !question.extensions.empty() && question.extensions.size() <= tally::longest_value;
    if (memory_)
        memory_->remember(hello_key(question.key), is_kept ? question.extensions : std::string{},
                          is_kept ? world_.configuration().main.queue.retry_data_expire : Duration{0});
    return ipc::Done{};
}

Result<CallerReply> Desk::answer(const Caller& question, ipc::Channel&)
{
    const auto& identity = world_.configuration().main.identity;
    const auto& process = world_.configuration().main.process;
    CallerReply reply;
    auto user = TRY(find_user(question.uid));
    if (!user)
        user = TRY(unknown_caller(world_, question.uid, question.gid));
    if (!question.from_line.empty())
        if (auto sender = TRY(sender_in_from_line(world_, question.from_line))) {
            reply.has_from_line = true;
            reply.from_sender = std::move(*sender);
        }
    reply.login = user ? user->login : "uid" + std::to_string(question.uid);
    if (world_.ground().parameters.test_habits) // unknown_login wins over the real one
        if (const auto named = TRY(unknown_caller(world_, question.uid, question.gid)))
            reply.login = named->login;
    reply.gid = question.gid;
    auto groups = question.groups;
    if (question.gid == Caller::own_groups && user) {
        reply.gid = user->gid;
        groups = groups_of_user(user->login, user->gid);
    }
    if (user) {
        reply.full_name = full_name_of(world_.ground(), *user);
        reply.home = user->home;
    }
    const bool owner = question.uid == 0 || question.uid == process.exim_user.id ||
                       question.uid == world_.ground().parameters.instance_uid;
    auto in_groups = [&](std::span<const config::Identity> list) {
        return is_numbered(list, reply.gid) ||
               std::ranges::any_of(groups, [&](std::uint32_t group) { return is_numbered(list, group); });
    };
    reply.trusted = owner || is_numbered(identity.trusted_users, question.uid) || in_groups(identity.trusted_groups);
    auto is_member = [&](std::uint32_t gid) {
        return reply.gid == gid || std::ranges::count(groups, gid) > 0;
    };
    reply.admin = owner || (!process.exim_group.name.empty() && process.exim_group.id != 0 && is_member(process.exim_group.id));
    for (const auto& name : config::split_list(identity.admin_groups.text))
        if (const auto gid = find_group(name))
            reply.admin |= is_member(*gid);
    if (!question.sender.empty() && identity.untrusted_set_sender.is_set) {
        const mail::Origin origin;
        const std::vector<mail::Variable> variables;
        MessageScene scene{world_, origin, variables, {.sender = question.sender}};
        const auto list = TRY(expand::ListText::parse(world_.ground().language, match::Kind::address,
                                                      identity.untrusted_set_sender.text));
        std::string_view sender = question.sender;
        if (sender.starts_with('<') && sender.ends_with('>'))
            sender = sender.substr(1, sender.size() - 2);
        reply.may_set_sender = static_cast<bool>(TRY(list.address(scene.scene(), sender)));
    }
    return reply;
}

}
