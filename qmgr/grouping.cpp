#include "qmgr/grouping.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "qmgr/retry_book.h"
#include "router/marks_protocol.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t largest_part = 1000; // when max_rcpt says "no limit"

// As net::parse_port, by which remote connects: hints are found under the same port.
struct ServicePort {
    std::string_view name;
    std::uint32_t port;
};
constexpr std::array service_ports = {
    ServicePort{"smtp", 25},  ServicePort{"smtps", 465}, ServicePort{"submission", 587}, ServicePort{"submissions", 465},
    ServicePort{"urd", 465},  ServicePort{"ssmtp", 465}, ServicePort{"lmtp", 24},        ServicePort{"mail", 25},
};

std::uint32_t port_named(std::string_view name)
{
    const auto service = std::ranges::find_if(service_ports, [&](const auto& one) { return same_nocase(one.name, trim(name)); });
    return service == service_ports.end() ? 0 : service->port;
}

router::Delivery without_marks(router::Delivery delivery)
{
    std::erase_if(delivery.options, [](const router::Option& option) { return option.name == router::sort_rank_mark || option.name == router::noerror_mark; });
    return delivery;
}

// What differs between the addresses of one delivery. Files and commands that redirections name are of one only when they
// are the same (manual 25).
router::Delivery shared_part(const router::Delivery& delivery)
{
    router::Delivery shared = without_marks(delivery);
    for (std::string* own :
         {&shared.unique, &shared.local_part, &shared.domain, &shared.prefix, &shared.suffix, &shared.parent, &shared.retry_key,
          &shared.router, &shared.one_time_parent})
        own->clear();
    shared.ancestors.clear();
    shared.depth = 0;
    if (is_remote(delivery) && option_of(delivery, "multi_domain") == "false")
        shared.domain = lower(delivery.domain);
    if (shared.kind.empty())
        shared.address.clear();
    shared.log_as_local = false;
    for (auto& shadow : shared.shadow) // how it differs does not keep them apart
        shadow = {.transport = shadow.transport};
    return shared;
}

std::size_t number_option(const router::Delivery& delivery, std::string_view name)
{
    const auto value = parse_unsigned(option_of(delivery, name));
    return value ? static_cast<std::size_t>(*value) : 0;
}

std::size_t part_of(const router::Delivery& delivery)
{
    if (!is_remote(delivery))
        return std::max<std::size_t>(1, number_option(delivery, "batch_max"));
    return delivery.max_rcpt == 0 ? largest_part : std::min<std::size_t>(delivery.max_rcpt, largest_part);
}

}

bool is_remote(const router::Delivery& instruction)
{
    return instruction.driver == "smtp";
}

std::string_view option_of(const router::Delivery& instruction, std::string_view name)
{
    for (const auto& option : instruction.options)
        if (option.name == name)
            return option.value;
    return {};
}

std::uint32_t port_of(const router::Delivery& instruction, const router::Host& host)
{
    if (host.port)
        return host.port;
    const auto configured = option_of(instruction, "port");
    if (const auto number = parse_unsigned(trim(configured)); number && *number > 0 && *number <= 65535)
        return static_cast<std::uint32_t>(*number);
    if (const auto named = port_named(configured))
        return named;
    const auto usual = port_named(option_of(instruction, "protocol")); // smtp, smtps or lmtp
    return usual ? usual : 25;
}

std::string host_key_of(const router::Delivery& instruction, std::string_view name, std::string_view address, std::uint32_t port)
{
    const auto with_address = option_of(instruction, "retry_include_ip_address");
    const bool is_shared = same_nocase(with_address, "false") || same_nocase(with_address, "no");
    return host_key(name, is_shared ? std::string_view{} : address, port, option_of(instruction, "interface"));
}

std::string destination_of(const router::Delivery& instruction)
{
    std::string name = instruction.transport;
    name += '|';
    // Deliveries of different addresses to one file would only wait for each other's locks.
    if (const auto file = option_of(instruction, "file"); !file.empty() && instruction.kind.empty())
        return name + std::string(file);
    if (instruction.driver == "queuefile") // one message has one pair of names there
        return name + std::string(option_of(instruction, "directory"));
    if (!is_remote(instruction))
        return name + (instruction.kind.empty() ? lower(instruction.address) : instruction.address);
    std::vector<std::string> hosts;
    for (const auto& host : instruction.hosts)
        hosts.push_back(lower(host.name) + ":" + std::to_string(port_of(instruction, host)) + "/");
    // Hosts that have one connection at a time must be one destination, in whatever order equal ones come.
    if (!option_of(instruction, "serialize_hosts").empty())
        std::ranges::sort(hosts);
    for (const auto& host : hosts)
        name += host;
    if (instruction.hosts.empty())
        name += lower(instruction.domain);
    return name;
}

void Grouping::learn_done()
{
    if (knows_done_)
        return;
    knows_done_ = true;
    for (const auto& done : message_.envelope.done_children) {
        known_.emplace(done);
        done_.emplace(done);
    }
}

bool Grouping::is_known(std::string_view unique)
{
    learn_done();
    return !unique.empty() && !known_.emplace(unique).second;
}

bool Grouping::is_done(std::string_view unique)
{
    learn_done();
    return done_.contains(unique);
}

namespace {

bool is_error_ignored(const router::Delivery& delivery)
{
    return std::ranges::find(delivery.options, router::noerror_mark, &router::Option::name) != delivery.options.end();
}

bool is_over(const Piece& piece)
{
    return piece.state == PieceState::delivered || piece.state == PieceState::discarded || piece.state == PieceState::failed;
}

}

// Two ways lead to one address. As in Exim the longer one, over more aliases, is what the log tells and what bears the
// outcome; the recipients of the others are told in Envelope-to: in front of it, and are done when it is: until then each is
// routed by itself again. A way that has another sender bears nothing for others.
bool Grouping::join(std::uint32_t recipient, const router::Delivery& delivery)
{
    const auto same = std::ranges::find(message_.pieces, delivery.unique, &Piece::unique);
    if (same == message_.pieces.end() || same->recipient == recipient)
        return false;
    const auto address = [&](std::uint32_t index) { return message_.envelope.recipients[index].address; };
    const auto depth = delivery.depth;
    const auto before = same->depth;
    const bool takes_over = depth > before && !delivery.parent.empty() && delivery.return_path == same->errors_to;
    same->error_ignored = same->error_ignored && is_error_ignored(delivery);
    if (!is_over(*same)) {
        same->riders.push_back(takes_over ? same->recipient : recipient);
        ++message_.open[recipient];
    }
    auto& depths = joined_[static_cast<std::size_t>(same - message_.pieces.begin())];
    const auto at = std::ranges::lower_bound(depths, takes_over ? before : depth) - depths.begin();
    depths.insert(depths.begin() + at, takes_over ? before : depth);
    same->also.insert(same->also.begin() + at, address(takes_over ? same->recipient : recipient));
    if (!takes_over)
        return false;
    same->recipient = recipient;
    same->parent = delivery.parent;
    same->ancestors = delivery.ancestors;
    same->depth = delivery.depth;
    same->one_time = delivery.one_time_parent;
    same->hidden = delivery.hidden_in_reports;
    return true;
}

bool Grouping::add(std::uint32_t recipient, const router::Delivery& delivery)
{
    if (is_known(delivery.unique))
        return join(recipient, delivery);
    const auto group = group_for(delivery);
    auto& piece = message_.add_piece(recipient, delivery.address);
    piece.group = group;
    piece.unique = delivery.unique;
    piece.local_part = delivery.local_part;
    piece.domain = delivery.domain;
    piece.prefix = delivery.prefix;
    piece.suffix = delivery.suffix;
    piece.kind = delivery.kind;
    piece.parent = delivery.parent;
    piece.ancestors = delivery.ancestors;
    piece.depth = delivery.depth;
    piece.retry_key = delivery.retry_key;
    piece.errors_to = delivery.return_path;
    piece.router = delivery.router;
    piece.transport = delivery.transport;
    piece.raises_events = delivery.raises_events;
    piece.log_as_local = delivery.log_as_local && !is_remote(delivery); // what goes to a host is shown whole
    piece.hidden = delivery.hidden_in_reports;
    piece.one_time = delivery.one_time_parent;
    piece.copies = delivery.copies;
    piece.rank = static_cast<std::uint32_t>(number_option(delivery, router::sort_rank_mark));
    piece.error_ignored = is_error_ignored(delivery);
    message_.groups[group].pieces.push_back(static_cast<std::uint32_t>(message_.pieces.size() - 1));
    return true;
}

// Exim routes all addresses that aliases made after those that they came from, and delivers to the last ones first; of
// files, pipes and replies the last one is the first. What the system filter set up comes last.
void Grouping::put_in_order()
{
    const auto by_rank = [&](std::uint32_t piece) { return message_.pieces[piece].rank; };
    for (auto& group : message_.groups)
        std::ranges::stable_sort(group.pieces, {}, by_rank);
    if (message_.groups.size() < 2)
        return;
    std::vector<bool> has_children(message_.envelope.recipients.size());
    for (const auto& piece : message_.pieces)
        if (!piece.parent.empty())
            has_children[piece.recipient] = true;
    const auto key = [&](std::uint32_t group) {
        const auto& piece = message_.pieces[message_.groups[group].pieces.front()];
        int depth = static_cast<int>(piece.depth);
        if (depth == 0 && has_children[piece.recipient])
            depth = 1; // a router with `unseen` went before: the address came back with its children
        if (piece.of_filter)
            depth = -1;
        const bool is_forward = piece.kind.empty() || piece.of_filter;
        const auto turned = [is_forward](std::int64_t number) { return is_forward ? number : -number; };
        return std::tuple(piece.rank, 2 - depth, !is_forward, turned(piece.recipient), -static_cast<int>(piece.copies),
                          is_forward && !piece.parent.empty(), turned(group));
    };
    std::vector<std::uint32_t> order(message_.groups.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, key);
    if (std::ranges::is_sorted(order))
        return;
    std::vector<Group> sorted;
    for (const auto old : order) {
        for (const auto piece : message_.groups[old].pieces)
            message_.pieces[piece].group = static_cast<std::uint32_t>(sorted.size());
        sorted.push_back(std::move(message_.groups[old]));
    }
    message_.groups = std::move(sorted);
    groups_.clear(); // their numbers are old
    keyed_ = static_cast<std::uint32_t>(message_.groups.size());
}

// Most messages have one recipient, whose group nobody looks for.
void Grouping::key_groups()
{
    for (; keyed_ < message_.groups.size(); ++keyed_)
        if (const auto& group = message_.groups[keyed_]; group.part > 1)
            groups_.emplace(ipc::encode(shared_part(group.request.instruction)), keyed_);
}

std::uint32_t Grouping::group_for(const router::Delivery& delivery)
{
    const auto next = static_cast<std::uint32_t>(message_.groups.size());
    const auto part = part_of(delivery);
    if (part > 1 && keyed_ < next)
        key_groups();
    if (part > 1 && !groups_.empty())
        if (const auto same = groups_.find(ipc::encode(shared_part(delivery))); same != groups_.end())
            return same->second;
    auto& group = message_.groups.emplace_back();
    group.agent = is_remote(delivery) ? Agent::remote : Agent::local;
    group.destination = destination_of(delivery);
    group.transport_limit = number_option(delivery, "max_parallel");
    group.part = part;
    group.request.instruction = without_marks(delivery);
    return next;
}

}
