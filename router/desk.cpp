#include "router/desk.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "router/lasting.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

bool is_numbered(std::span<const config::Identity> list, std::uint32_t id)
{
    return std::ranges::any_of(list, [&](const config::Identity& one) { return one.id == id; });
}

// gecos_name with what gecos_pattern captured; without them, the field up to its first comma, where an
// ampersand is the login with a capital (manual 48.18).
std::string full_name_of(const User& user)
{
    const auto field = std::string_view(user.gecos).substr(0, user.gecos.find(','));
    std::string name;
    for (char c : field) {
        if (c != '&') {
            name += c;
            continue;
        }
        std::string login = user.login;
        if (!login.empty())
            login[0] = to_upper(login[0]);
        name += login;
    }
    return name;
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

Result<Expanded> match_host_list(expand::Scene& scene, const ExpandOption& question, const expand::ListText& list)
{
    match::Host host{std::string(fact_of(question, "host_address"))};
    if (const auto name = fact_of(question, "host"); !name.empty())
        host.set_name(std::string(name));
    const auto match = TRY(list.host(scene, host));
    return Expanded{.text = match ? "yes" : "no"};
}

}

Result<RouteReply> Desk::answer(const Route& question, ipc::Channel&)
{
    std::vector<std::string> recipients;
    for (const auto& target : question.targets)
        recipients.push_back(target.address);
    MessageScene message{world_, question.origin, question.variables,
                         {.id = question.message_id,
                          .sender = question.sender,
                          .recipients = &recipients,
                          .headers = question.headers,
                          .size = question.size,
                          .received = question.received / 1'000'000,
                          .queue_run = question.queue_run}};
    const Occasion occasion{.sender = question.sender, .purpose = {}, .base = &message.scene()};
    RouteReply reply{.lifetime = lasting_lifetime};
    for (const auto& target : question.targets) {
        auto routed = world_.chain().route(target.address, target.index, occasion);
        if (!routed.lasts)
            reply.lifetime = 0;
        reply.recipients.push_back({.index = target.index,
                                    .deliveries = std::move(routed.deliveries),
                                    .unrouted = std::move(routed.unrouted)});
    }
    return reply;
}

Result<Expanded> Desk::answer(const ExpandOption& question, ipc::Channel&)
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
        message.scene().facts.set(fact.name, Text::from(fact.value, "the remote host"));
    if (is_host_list_question(question))
        return match_host_list(message.scene(), question, TRY(host_list(setting, text.text)));
    const auto expression = TRY(this->expression(setting, text.text));
    auto words = expression.expand(message.scene());
    if (words)
        return Expanded{.text = std::move(words->text)};
    if (words.error().cause == Cause::forced_fail)
        return Expanded{.forced_failure = true};
    return temporary(text.origin.text() + ": " + question.option + ": " + words.error().text);
}

Result<expand::ListText> Desk::host_list(const config::Setting& setting, const std::string& text)
{
    auto& kept = host_lists_[&setting];
    if (kept.empty())
        kept = TRY(expand::ListText::parse(world_.ground().language, match::Kind::host, text));
    return kept;
}

Result<expand::Expression> Desk::expression(const config::Setting& setting, const std::string& text)
{
    auto& kept = expressions_[&setting];
    if (kept.empty())
        kept = TRY(world_.ground().language.parse(text));
    return kept;
}

Result<CallerReply> Desk::answer(const Caller& question, ipc::Channel&)
{
    const auto& identity = world_.configuration().main.identity;
    const auto& process = world_.configuration().main.process;
    CallerReply reply;
    const auto user = TRY(find_user(question.uid));
    reply.login = user ? user->login : "uid" + std::to_string(question.uid);
    if (user) {
        reply.full_name = full_name_of(*user);
        reply.home = user->home;
    }
    const bool owner = question.uid == 0 || question.uid == process.exim_user.id ||
                       question.uid == world_.ground().parameters.instance_uid;
    auto in_groups = [&](std::span<const config::Identity> list) {
        return is_numbered(list, question.gid) ||
               std::ranges::any_of(question.groups, [&](std::uint32_t group) { return is_numbered(list, group); });
    };
    reply.trusted = owner || is_numbered(identity.trusted_users, question.uid) || in_groups(identity.trusted_groups);
    reply.admin = owner;
    for (const auto& name : config::split_list(identity.admin_groups.text))
        if (const auto gid = find_group(name))
            reply.admin |= question.gid == *gid || std::ranges::count(question.groups, *gid) > 0;
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
