// -bt, -bv and -bvs: where addresses would go, and whether they verify (manual 5.3).
#include <cstdio>
#include <set>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address_parser.h"
#include "master/sendmail/lines.h"
#include "master/sendmail/workplace.h"
#include "router/address_inquiry.h"
#include "router/message_scene.h"

namespace gp::sendmail {
namespace {

using router::Delivery;
using router::Purpose;
using router::Unrouted;

constexpr int cannot_tell = 1, undeliverable = 2; // exit statuses

Purpose purpose_of(const Options& options)
{
    if (options.mode == "-bt")
        return {Purpose::Kind::test};
    return {options.mode == "-bvs" ? Purpose::Kind::verify_sender : Purpose::Kind::verify_recipient};
}

void print_ancestors(const std::vector<std::string>& ancestors)
{
    for (const auto& address : ancestors)
        std::printf("\n    <-- %s", address.c_str());
}

bool is_remote(const Delivery& delivery)
{
    return delivery.driver == "smtp";
}

struct HostLine {
    const router::Host& host;
    std::string address;
};

std::vector<HostLine> host_lines(const Delivery& delivery)
{
    std::vector<HostLine> lines;
    for (const auto& host : delivery.hosts) {
        for (const auto& address : host.addresses)
            lines.push_back({host, address});
        if (host.addresses.empty())
            lines.push_back({host, {}});
    }
    return lines;
}

// Names and addresses in columns, as Exim prints them.
void print_hosts(const Delivery& delivery, bool show_dnssec)
{
    constexpr std::string_view unknown = "unknown";
    const auto lines = host_lines(delivery);
    std::size_t name_width = 0, address_width = 0;
    for (const auto& [host, address] : lines) {
        name_width = std::max(name_width, host.name.size());
        address_width = std::max(address_width, address.empty() ? unknown.size() : address.size());
    }
    for (const auto& [host, address] : lines) {
        std::string line = "  host " + host.name + std::string(name_width - host.name.size() + 1, ' ');
        if (address.empty() && !is_remote(delivery))
            line += std::string(address_width + 2, ' ');
        else {
            const auto shown = address.empty() ? std::string(unknown) : address;
            line += "[" + shown + "]" + std::string(address_width - shown.size(), ' ');
        }
        if (host.mx >= 0)
            line += " MX=" + std::to_string(host.mx);
        if (host.port != 0)
            line += " port=" + std::to_string(host.port);
        if (host.dnssec && show_dnssec)
            line += " AD";
        std::printf("%s\n", line.c_str());
    }
}

// A pipe, a file or a reply that redirection made and that cannot be, which is shown and makes nothing undeliverable.
bool is_bad_child(const Unrouted& unrouted)
{
    constexpr std::string_view kinds = "/|>";
    return unrouted.is_setup && !unrouted.parent.empty() && !unrouted.address.empty() &&
           kinds.find(unrouted.address.front()) != std::string_view::npos;
}

// "joe@a.example -> mail ann@b.example", of a reply.
void print_child(const std::string& parent, const std::string& address)
{
    const bool is_reply = address.starts_with('>');
    std::printf("%s -> %s%s", parent.c_str(), is_reply ? "mail " : "", address.c_str() + (is_reply ? 1 : 0));
}

void print_bad_child(const Unrouted& unrouted)
{
    print_child(unrouted.parent, unrouted.address);
    if (unrouted.why == Unrouted::Why::failed)
        std::printf(" *** forbidden ***\n");
    else
        std::printf("\n*** Error in setting up pipe, file, or autoreply:\n%s\n", unrouted.text.c_str());
}

void print_why(const std::string& address, const Unrouted& unrouted, bool testing)
{
    const bool deferred = unrouted.why == Unrouted::Why::deferred;
    std::printf("%s %s", address.c_str(),
                deferred  ? "cannot be resolved at this time"
                : testing ? "is undeliverable"
                          : "failed to verify");
    if (!unrouted.text.empty() || unrouted.is_forced)
        std::printf(": %s", unrouted.text.c_str());
}

void print_unrouted(const router::Routed& routed, std::size_t at, bool testing)
{
    print_why(routed.unrouted[at].address, routed.unrouted[at], testing);
    print_ancestors(routed.ancestors_of_unrouted[at]);
    std::printf("\n");
}

// Keeps what was shown, over all addresses of a run.
struct Shown {
    std::set<std::string> deliveries;
    bool show_dnssec = false;
};

void print_delivery(const router::Routed& routed, std::size_t at, Shown& shown)
{
    const auto& delivery = routed.deliveries[at];
    std::printf("%s", delivery.address.c_str());
    // A copy of a router with `unseen` (router/chain.cpp) is no other delivery by the same transport.
    const auto unique = delivery.copies ? delivery.unique.substr(0, delivery.unique.rfind('/')) : delivery.unique;
    if (!shown.deliveries.insert(unique + "\n" + delivery.transport).second)
        std::printf("   [duplicate, would not be delivered]");
    print_ancestors(routed.ancestors_of_deliveries[at]);
    std::printf("\n  router = %s, transport = %s\n", delivery.router.c_str(),
                delivery.transport.empty() ? "unset" : delivery.transport.c_str());
    if (!delivery.transport.empty())
        print_hosts(delivery, shown.show_dnssec);
}

// Everything that became of an address, in the order in which Exim shows it: pipes and files, what has no
// route, then local and remote deliveries, the last one first.
void print_all(const router::Routed& routed, const std::string& address, Shown& shown, bool testing)
{
    std::size_t count = 0;
    for (const auto& delivery : routed.deliveries) {
        if (delivery.kind.empty())
            continue;
        ++count;
        print_child(delivery.parent, delivery.address);
        std::printf("\n  transport = %s\n", delivery.transport.c_str());
    }
    for (const auto& unrouted : routed.unrouted)
        if (is_bad_child(unrouted)) {
            ++count;
            print_bad_child(unrouted);
        }
    for (std::size_t at = 0; at < routed.unrouted.size(); ++at) {
        if (routed.unrouted[at].why == Unrouted::Why::discarded || is_bad_child(routed.unrouted[at]))
            continue;
        ++count;
        print_unrouted(routed, at, testing);
    }
    for (const bool remote : {false, true})
        for (std::size_t at = routed.deliveries.size(); at-- > 0;)
            if (routed.deliveries[at].kind.empty() && is_remote(routed.deliveries[at]) == remote) {
                ++count;
                print_delivery(routed, at, shown);
            }
    if (count == 0)
        std::printf("mail to %s is discarded\n", address.c_str());
}

int status_of(const router::Routed& routed)
{
    int status = 0;
    for (const auto& unrouted : routed.unrouted) {
        if (is_bad_child(unrouted))
            continue;
        if (unrouted.why == Unrouted::Why::failed)
            status = undeliverable;
        else if (unrouted.why == Unrouted::Why::deferred && status == 0)
            status = cannot_tell;
    }
    return status;
}

// The short answer of a verification. Redirection to several addresses is good whatever becomes of them
// (manual 44.26).
int print_verdict(const router::Routed& routed, const std::string& address)
{
    const auto* trouble = router::obstacle(routed);
    if (!trouble || is_bad_child(*trouble)) {
        std::printf("%s verified\n", address.c_str());
        return 0;
    }
    print_why(address, *trouble, false); // of the address itself, whatever it became
    std::printf("\n");
    return trouble->why == Unrouted::Why::deferred ? cannot_tell : undeliverable;
}

// As the envelope's address would be, and told (manual 31). False: a sender became the null one, of which nothing is said.
bool rewrite_address(Workplace& place, expand::Scene& scene, bool is_sender, std::string& address)
{
    rewrite::Notes notes;
    address = place.world().ground().rewriting.address(scene, address, is_sender ? rewrite::env_from : rewrite::env_to, &notes);
    for (const auto& trouble : notes.troubles)
        log::main(trouble);
    if (!notes.done.empty())
        std::printf("Address rewritten as: %s\n", address.c_str());
    return !address.empty();
}

int try_address(Workplace& place, expand::Scene& scene, const router::Occasion& occasion, Shown& shown, std::string_view text)
{
    const auto& site = place.world().ground().world.site;
    const auto& settings = place.configuration().main.all;
    const mail::AddressRules rules{.allow_domain_literals = true, // a test says what routers would do
                                   .allow_utf8_domains = settings.flag("allow_utf8_domains"),
                                   .strip_excess_angle_brackets = settings.flag("strip_excess_angle_brackets"),
                                   .strip_trailing_dot = settings.flag("strip_trailing_dot")};
    auto parsed = mail::parse_address(text, rules);
    if (!parsed) {
        std::printf("syntax error: %s\n", parsed.error().text.c_str());
        return undeliverable;
    }
    auto address = parsed->address;
    const bool is_sender = occasion.purpose.kind == Purpose::Kind::verify_sender;
    if (!parsed->has_domain())
        address += "@" + (is_sender ? site.qualify_domain : site.qualify_recipient);
    if (!rewrite_address(place, scene, is_sender, address))
        return 0;
    log::debug("verify", (place.options().mode == "-bt" ? "testing " : "verifying ") + escape(address));
    const auto routed = place.world().chain().route(address, 0, occasion);
    const bool testing = place.options().mode == "-bt";
    const auto& debugging = place.options().debugging;
    const bool in_full = testing || place.options().verbose || (!debugging.empty() && debugging != "-all");
    if (!in_full)
        return print_verdict(routed, address);
    print_all(routed, address, shown, testing);
    return status_of(routed);
}

int try_all(Workplace& place)
{
    const auto& options = place.options();
    const std::vector<mail::Variable> variables;
    router::MessageScene message{place.world(), place.origin(), variables, {.sender = place.sender()}};
    const router::Occasion occasion{
        .sender = place.sender(), .purpose = purpose_of(options), .base = &message.scene()};
    Shown shown{.show_dnssec = place.test_habits()};
    int status = 0;
    const auto attempt = [&](std::string_view address) {
        const int one = try_address(place, message.scene(), occasion, shown, address);
        if (one == undeliverable || status == 0)
            status = one;
    };
    // An argument may be a list of addresses (manual 5.3, -bt).
    for (const auto& argument : options.arguments) {
        std::string_view rest = argument;
        while (!trim_left(rest).empty()) {
            const auto end = mail::find_address_end(rest);
            attempt(trim(rest.substr(0, end)));
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
    }
    if (options.arguments.empty())
        while (auto line = prompt_for_line())
            attempt(*line);
    return status;
}

int routing(const Options& options)
{
    if (options.mode == "-bt")
        log::set_debugging("+debug_print");
    return Workplace::run(options, Workplace::Needs::routing, try_all);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bt", .run = routing, .doc = "where addresses would be delivered"}},
    RegisterMode{{.name = "-bv", .run = routing, .doc = "whether recipient addresses verify"}},
    RegisterMode{{.name = "-bvs", .run = routing, .doc = "whether sender addresses verify"}},
};

}
}
