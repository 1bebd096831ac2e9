// -explain: where an address would go, and how the routers came to that: each in turn, why it did not take the address,
// which option at which line decided, the transport, and the hosts in their order with what DNS says of them. It is what
// `gatepost explain ADDRESS` shows; -f is the sender, -oMa the client's address.
#include <algorithm>
#include <cstdio>

#include "common/base/text.h"
#include "common/config/source.h"
#include "common/dns/resolver.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"
#include "common/net/address.h"
#include "master/sendmail/workplace.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

using router::Delivery;

constexpr std::size_t most_configuration = std::size_t{16} << 20;

// "FILE:LINE: what stands there"; without the text where the caller may not read the file.
std::string place(const config::Origin& origin)
{
    auto shown = origin.text();
    const auto text = origin.file ? config::read_file(*origin.file, most_configuration) : Result<std::string>(permanent(""));
    if (!text)
        return shown;
    const auto lines = split(*text, '\n');
    if (origin.line >= 1 && static_cast<std::size_t>(origin.line) <= lines.size())
        shown += ": " + escape(trim(lines[static_cast<std::size_t>(origin.line) - 1]), true);
    return shown;
}

// The option as this driver has it; nothing where the default decided.
void print_option(const conf::Driver& driver, std::string_view name)
{
    const auto* setting = name.empty() ? nullptr : driver.settings.find(name);
    if (setting && setting->is_written)
        std::printf("      decided by %s\n", place(setting->origin).c_str());
    else if (setting)
        std::printf("      decided by %s, which is not set\n", std::string(name).c_str());
}

void print_steps(const conf::Configuration& configuration, const std::vector<router::Step>& steps)
{
    std::string address;
    for (const auto& step : steps) {
        if (step.address != address)
            std::printf("%s\n", escape(step.address).c_str());
        address = step.address;
        const auto* driver = configuration.router(step.router);
        std::printf("  router %s %s%s%s\n", step.router.c_str(), std::string(step.verdict).c_str(), step.text.empty() ? "" : ": ", escape(step.text).c_str());
        if (!driver)
            continue;
        print_option(*driver, step.option);
        if (step.option.empty())
            std::printf("      at %s\n", place(driver->origin).c_str());
    }
}

std::string told(bool secure, std::uint32_t ttl)
{
    return "TTL " + std::to_string(ttl) + (secure ? ", secured by DNSSEC" : ", not secured by DNSSEC");
}

void print_mail_exchangers(const router::Ground& ground, const Delivery& delivery)
{
    if (std::ranges::none_of(delivery.hosts, [](const router::Host& host) { return host.mx >= 0; }))
        return;
    const auto answer = ground.resolver.lookup(delivery.domain, dns::Type::mx, ground.dns_deadline());
    if (answer && answer->found())
        std::printf("    MX records of %s: %s\n", escape(delivery.domain).c_str(), told(answer->secure, answer->ttl).c_str());
}

// In the order in which they would be tried.
void print_hosts(const router::Ground& ground, const Delivery& delivery)
{
    print_mail_exchangers(ground, delivery);
    for (const auto& host : delivery.hosts) {
        std::printf("    host %s", escape(host.name).c_str());
        for (const auto& address : host.addresses)
            std::printf(" [%s]", address.c_str());
        if (host.mx >= 0)
            std::printf(" MX=%d", host.mx);
        if (host.port != 0)
            std::printf(" port=%u", host.port);
        std::printf("\n");
        if (host.addresses.empty() || net::Address::parse(host.name))
            continue;
        const auto found = dns::lookup_host(ground.resolver, host.name, ground.dns_deadline());
        const bool is_known = found && found->kind == dns::Answer::Kind::records;
        std::printf("      addresses: %s\n", is_known ? told(found->secure, found->ttl).c_str() : "not from DNS");
    }
}

void print_results(Workplace& workplace, const router::Routed& routed)
{
    constexpr std::string_view kinds[] = {"failed", "deferred", "discarded"};
    for (const auto& unrouted : routed.unrouted)
        std::printf("%s is %s%s%s\n", escape(unrouted.address).c_str(), std::string(kinds[static_cast<std::size_t>(unrouted.why)]).c_str(), unrouted.text.empty() ? "" : ": ",
                    escape(unrouted.text).c_str());
    for (const auto& delivery : routed.deliveries) {
        std::printf("%s\n  transport %s, driver %s\n", escape(delivery.address).c_str(), delivery.transport.empty() ? "unset" : delivery.transport.c_str(),
                    delivery.driver.empty() ? "none" : delivery.driver.c_str());
        if (const auto* driver = workplace.configuration().transport(delivery.transport))
            std::printf("      at %s\n", place(driver->origin).c_str());
        print_hosts(workplace.world().ground(), delivery);
    }
}

int explain(Workplace& workplace)
{
    constexpr int cannot_be_delivered = 2;
    const auto& words = workplace.options().arguments;
    const auto parsed = mail::parse_address(words.empty() ? std::string() : words.front(), {.allow_domain_literals = true});
    if (words.size() != 1 || !parsed) {
        std::printf("%s is no address%s%s\n", words.empty() ? "nothing" : escape(words.front()).c_str(), parsed ? "" : ": ", parsed ? "" : parsed.error().text.c_str());
        return cannot_be_delivered;
    }
    const std::vector<mail::Variable> variables;
    router::MessageScene message{workplace.world(), workplace.origin(), variables, {.sender = workplace.sender()}};
    auto address = parsed->address;
    if (!parsed->has_domain())
        address += "@" + workplace.world().ground().world.site.qualify_recipient;
    rewrite::Notes notes;
    address = workplace.world().ground().rewriting.address(message.scene(), address, rewrite::env_to, &notes);
    for (const auto& note : notes.done)
        if (note.rule >= 1 && note.rule <= workplace.configuration().rewrite.size())
            std::printf("%s becomes %s\n      decided by %s\n", escape(note.before).c_str(), escape(note.after).c_str(),
                        place(workplace.configuration().rewrite[note.rule - 1].origin).c_str());
    std::vector<router::Step> steps;
    const auto routed = workplace.world().chain().route(
        address, 0, {.sender = workplace.sender(), .purpose = {router::Purpose::Kind::test}, .base = &message.scene(), .steps = &steps});
    print_steps(workplace.configuration(), steps);
    print_results(workplace, routed);
    return routed.deliveries.empty() && !routed.unrouted.empty() ? cannot_be_delivered : 0;
}

const RegisterMode entry{{.name = "-explain",
                          .run = [](const Options& options) { return Workplace::run(options, Workplace::Needs::routing, explain); },
                          .doc = "where an address would go, and which lines decided"}};

}
}
