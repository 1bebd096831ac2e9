#include "utilities/pick/message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/mail/header_list.h"
#include "common/spool/exim_import.h"

namespace gp::utilities {
namespace {

using Json = nlohmann::json;

// The rest is in a message's -H form.
constexpr std::array<std::string_view, 24> of_listing = {
    "message_exim_id", "message_id", "message_age", "message_size", "shown_message_size", "received_time",
    "sender_address", "sender_address_domain", "sender_address_local_part", "deliver_freeze", "queue_name", "reason",
    "recipients", "recipients_count", "recipients_del", "recipients_del_count", "recipients_undel",
    "recipients_undel_count", "each_recipients", "each_recipients_del", "each_recipients_undel", "shown", "active", "next_try",
};
constexpr std::array<std::string_view, 31> of_header_file = {
    "allow_unqualified_recipient", "allow_unqualified_sender", "authenticated_id", "authenticated_sender",
    "body_linecount", "deliver_frozen_at", "dont_deliver", "host_lookup_failed",
    "interface_address", "interface_port", "local_error_message", "manually_thawed", 
    "message_headers", "message_headers_raw", "originator_gid", "originator_login", "originator_uid",
    "received_count", "received_ip_address", "received_port", "received_protocol", "reply_address",
    "sender_helo_name", "sender_host_address", "sender_host_authenticated", "sender_host_name", "sender_host_port",
    "sender_ident", "sender_local", "sender_set_untrusted", "tls_certificate_verified",
};
constexpr std::array<std::string_view, 4> also_of_header_file = {"tls_cipher", "tls_peerdn", "tls_sni", "warning_count"};
constexpr std::array<std::string_view, 8> families = {"header_", "h_", "bheader_", "bh_", "rheader_", "rh_", "acl_m", "acl_c"};

std::string joined(const std::vector<std::string>& words)
{
    return join(words, ", ");
}

std::string shown_size(std::uint64_t size)
{
    char text[32];
    if (size < 1024)
        std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(size));
    else if (size < 10 * 1024)
        std::snprintf(text, sizeof text, "%.1fK", static_cast<double>(size) / 1024);
    else if (size < 1024 * 1024)
        std::snprintf(text, sizeof text, "%lluK", static_cast<unsigned long long>((size + 512) / 1024));
    else
        std::snprintf(text, sizeof text, "%lluM", static_cast<unsigned long long>((size + 512 * 1024) / 1024 / 1024));
    return text;
}

std::string shown_age(std::int64_t seconds)
{
    if (const auto minutes = (seconds + 30) / 60; minutes < 60)
        return std::to_string(minutes) + "m";
    if (const auto hours = (seconds + 1800) / 3600; hours < 72)
        return std::to_string(hours) + "h";
    return std::to_string((seconds + 43200) / 86400) + "d";
}

void add_recipients(PickMessage& message, const Json& all)
{
    std::vector<std::string> undelivered;
    for (const auto& recipient : all) {
        const auto address = recipient.value("address", std::string{});
        const bool done = recipient.value("done", false);
        message.recipients.push_back(address);
        (done ? message.delivered : undelivered).push_back(address);
    }
    auto& variables = message.variables;
    variables["recipients"] = joined(message.recipients);
    variables["recipients_count"] = std::to_string(message.recipients.size());
    variables["recipients_del"] = joined(message.delivered);
    variables["recipients_del_count"] = std::to_string(message.delivered.size());
    variables["recipients_undel"] = joined(undelivered);
    variables["recipients_undel_count"] = std::to_string(undelivered.size());
}

PickMessage message_from(const Json& one, std::int64_t now)
{
    PickMessage message;
    message.id = one.value("id", std::string{});
    const auto sender = one.value("sender", std::string{});
    const auto size = one.value("size", std::uint64_t{0});
    const auto received = one.value("received", std::int64_t{0});
    const bool frozen = one.value("frozen", false);
    message.size_shown = shown_size(size);
    auto& variables = message.variables;
    variables["message_exim_id"] = variables["message_id"] = message.id;
    variables["message_size"] = std::to_string(size);
    variables["shown_message_size"] = message.size_shown;
    variables["received_time"] = std::to_string(received);
    variables["message_age"] = std::to_string(now - received);
    variables["sender_address"] = sender;
    variables["sender_address_local_part"] = mail::local_part_of(sender);
    variables["sender_address_domain"] = mail::domain_of(sender);
    variables["queue_name"] = one.value("queue", std::string{});
    variables["next_try"] = std::to_string(one.value("next_try", std::int64_t{0}));
    variables["reason"] = one.value("reason", std::string{});
    variables["active"] = one.value("active", false) ? "1" : "0";
    variables["deliver_freeze"] = frozen ? "1" : "0";
    add_recipients(message, one.value("recipients", Json::array()));
    char head[1200];
    std::snprintf(head, sizeof head, "%3s %5s %s <%s>%s", shown_age(now - received).c_str(), message.size_shown.c_str(),
                  message.id.c_str(), escape(sender.substr(0, 1000), true).c_str(), frozen ? " *** frozen ***" : "");
    message.head = head;
    return message;
}

void add_headers(PickMessage& message, const std::string& headers)
{
    auto& variables = message.variables;
    variables["message_headers"] = variables["message_headers_raw"] = replace_all(headers, "\r\n", "\n");
    const auto parsed = mail::HeaderList::parse(headers);
    if (!parsed)
        return;
    std::size_t received = 0;
    for (const auto& header : parsed->headers) {
        const auto name = lower(header.name());
        received += name == "received";
        for (const std::string_view prefix : {"h_", "header_", "bh_", "bheader_", "rh_", "rheader_"}) {
            auto& value = variables[std::string(prefix) + name];
            value += (value.empty() ? "" : "\n") + std::string(trim(mail::unfold(header.raw_value())));
        }
    }
    variables["received_count"] = std::to_string(received);
    const auto reply = variables.find("h_reply-to");
    variables["reply_address"] = reply != variables.end() ? reply->second : message.value("h_from");
}

}

std::string PickMessage::value(std::string_view name) const
{
    const auto found = variables.find(name);
    return found == variables.end() ? std::string{} : found->second;
}

bool is_of_listing(std::string_view name)
{
    return std::ranges::find(of_listing, name) != of_listing.end();
}

bool is_pick_variable(std::string_view name)
{
    const bool is_family = std::ranges::any_of(families, [&](std::string_view family) {
        return name.starts_with(family) && name.size() > family.size();
    });
    return is_family || is_of_listing(name) || std::ranges::find(of_header_file, name) != of_header_file.end() ||
           std::ranges::find(also_of_header_file, name) != also_of_header_file.end();
}

Result<std::vector<PickMessage>> picked_from(std::string_view json)
{
    const auto all = Json::parse(json, nullptr, false);
    if (!all.is_array())
        return permanent("the listing of the queue does not read");
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    std::vector<PickMessage> messages;
    for (const auto& one : all)
        messages.push_back(message_from(one, now));
    return messages;
}

Status add_header_file(PickMessage& message, std::string_view text)
{
    const auto read = TRY(spool::read_exim_header_file(text));
    const auto& envelope = read.envelope;
    const auto& origin = envelope.origin;
    const auto flag = [](bool value) { return std::string(value ? "1" : "0"); };
    const std::pair<std::string_view, std::string> values[] = {
        {"allow_unqualified_recipient", flag(origin.local)},
        {"allow_unqualified_sender", flag(origin.local)},
        {"authenticated_id", origin.authenticated_id},
        {"authenticated_sender", origin.authenticated_sender},
        {"body_linecount", std::to_string(envelope.body_lines)},
        {"deliver_frozen_at", std::to_string(envelope.frozen_at)},
        {"dont_deliver", flag(envelope.dont_deliver)},
        {"host_lookup_failed", flag(origin.host_lookup_failed)},
        {"interface_address", origin.interface_address},
        {"interface_port", std::to_string(origin.interface_port)},
        {"received_ip_address", origin.interface_address},
        {"received_port", std::to_string(origin.interface_port)},
        {"local_error_message", flag(envelope.is_bounce)},
        {"manually_thawed", flag(envelope.manual_thaw)},
        {"originator_gid", std::to_string(origin.gid)},
        {"originator_login", origin.login},
        {"originator_uid", std::to_string(origin.uid)},
        {"received_protocol", origin.protocol},
        {"sender_helo_name", origin.helo_name},
        {"sender_host_address", origin.host_address},
        {"sender_host_authenticated", origin.authenticator},
        {"sender_host_name", origin.host_name},
        {"sender_host_port", std::to_string(origin.host_port)},
        {"sender_ident", origin.ident},
        {"sender_local", flag(origin.local)},
        {"sender_set_untrusted", flag(envelope.sender_set_by_caller)},
        {"tls_certificate_verified", flag(origin.tls_certificate_verified)},
        {"tls_cipher", origin.tls_cipher},
        {"tls_peerdn", origin.tls_peer_dn},
        {"tls_sni", origin.tls_sni},
        {"warning_count", std::to_string(envelope.warnings_sent)},
    };
    for (const auto& [name, value] : values)
        message.variables[std::string(name)] = value;
    for (const auto& variable : envelope.variables)
        if (variable.name.starts_with('c') || variable.name.starts_with('m')) // the others are notes
            message.variables["acl_" + variable.name] = variable.value;
    add_headers(message, read.headers);
    return {};
}

}
