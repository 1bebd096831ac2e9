#include "router/decisions.h"

#include "common/base/json.h"
#include "common/log/journal.h"
#include "router/acl_policy.h"

namespace gp::router {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t longest_value = 1024; // of what came from outside

void put(Members& members, std::string name, std::string_view value)
{
    if (!value.empty())
        members.emplace_back(std::move(name), json_quoted(value.substr(0, longest_value)));
}

Members begun(const World& world)
{
    return {{"when", std::to_string(world.ground().clock.seconds())}};
}

std::string_view name_of(Verdict verdict)
{
    switch (verdict) {
    case Verdict::accept: return "accept";
    case Verdict::deny: return "deny";
    case Verdict::defer: return "defer";
    case Verdict::discard: return "discard";
    case Verdict::drop: return "drop";
    }
    return "unknown";
}

bool wants(const World& world, bool is_refusal)
{
    const auto& what = world.configuration().main.all.text("decision_journal");
    return what == "all" || (is_refusal && what != "off");
}

std::string place_of(const World& world, conf::DriverClass kind, std::string_view name)
{
    const auto& configuration = world.configuration();
    const auto& drivers = kind == conf::DriverClass::router ? configuration.routers : configuration.transports;
    for (const auto& driver : drivers)
        if (driver.name == name)
            return driver.origin.text();
    return {};
}

void put_driver(Members& members, const World& world, conf::DriverClass kind, std::string_view name)
{
    const std::string word = kind == conf::DriverClass::router ? "router" : "transport";
    put(members, word, name);
    put(members, word + "_at", place_of(world, kind, name));
}

}

void journal_acl(const World& world, const Ask& question, const std::string& at, const AskReply& reply)
{
    if (!wants(world, reply.verdict != Verdict::accept))
        return;
    auto members = begun(world);
    put(members, "by", acl_option(question.phase));
    put(members, "at", at);
    put(members, "verdict", name_of(reply.verdict));
    put(members, "id", question.message_id);
    put(members, "host", question.origin.host_address);
    put(members, "host_name", question.origin.host_name);
    put(members, "helo", question.origin.helo_name);
    put(members, "login", question.origin.authenticated_id);
    if (question.sender_given)
        put(members, "sender", question.sender.empty() ? "<>" : question.sender);
    put(members, "argument", question.argument);
    put(members, "says", reply.text);
    if (reply.log_text != reply.text)
        put(members, "logs", reply.log_text);
    log::journal(json_object(members));
}

void journal_route(const World& world, const Route& question, const std::string& recipient, const RoutedRecipient& routed)
{
    const auto tell = [&](const auto& what, std::string_view verdict, std::string_view text) {
        auto members = begun(world);
        put(members, "by", "routing");
        put(members, "verdict", verdict);
        put(members, "id", question.message_id);
        put(members, "sender", question.sender.empty() ? "<>" : question.sender);
        put(members, "recipient", recipient);
        put(members, "address", what.address);
        put_driver(members, world, conf::DriverClass::router, what.router);
        put_driver(members, world, conf::DriverClass::transport, what.transport);
        put(members, "says", text);
        return members;
    };
    for (const auto& unrouted : routed.unrouted) {
        const bool is_refusal = unrouted.why != Unrouted::Why::discarded;
        if (wants(world, is_refusal))
            log::journal(json_object(tell(unrouted, unrouted.why == Unrouted::Why::failed     ? "failed"
                                                    : unrouted.why == Unrouted::Why::deferred ? "deferred"
                                                                                              : "discarded",
                                          unrouted.text)));
    }
    if (!wants(world, false))
        return;
    for (const auto& delivery : routed.deliveries) {
        auto members = tell(delivery, "routed", {});
        if (!delivery.hosts.empty())
            put(members, "first_host", delivery.hosts.front().name);
        log::journal(json_object(members));
    }
}

}
