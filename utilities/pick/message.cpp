#include "utilities/pick/message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/mail/encoded_word.h"
#include "common/mail/header_list.h"
#include "common/mainlog/line.h"
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
constexpr std::array<std::string_view, 15> also_of_header_file = {
    "tls_cipher", "tls_peerdn", "tls_sni", "warning_count", "body_zerocount", "max_received_linelength", "message_linecount",
    "message_body_size", "host_lookup_deferred", "spam_score", "spam_score_int", "spam_bar", "header_path", "data_path",
    "message_body_missing",
};
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
    const auto minutes = seconds / 60;
    if (minutes <= 90)
        return std::to_string(minutes) + "m";
    const auto hours = (minutes + 30) / 60;
    return hours <= 72 ? std::to_string(hours) + "h" : std::to_string((hours + 12) / 24) + "d";
}

void add_recipients(PickMessage& message, const std::vector<mail::Recipient>& all)
{
    std::vector<std::string> undelivered;
    for (const auto& recipient : all) {
        message.recipients.push_back(recipient.address);
        (recipient.done ? message.delivered : undelivered).push_back(recipient.address);
    }
    auto& variables = message.variables;
    variables["recipients"] = joined(message.recipients);
    variables["recipients_count"] = std::to_string(message.recipients.size());
    if (!message.delivered.empty())
        variables["recipients_del"] = joined(message.delivered);
    variables["recipients_del_count"] = std::to_string(message.delivered.size());
    if (!undelivered.empty())
        variables["recipients_undel"] = joined(undelivered);
    variables["recipients_undel_count"] = std::to_string(undelivered.size());
}

struct Basics {
    std::string id, sender;
    std::uint64_t size = 0;
    std::int64_t received = 0; // seconds
    bool frozen = false;
};

PickMessage message_of(const Basics& basics, std::int64_t now)
{
    PickMessage message;
    const auto& [id, sender, size, received, frozen] = basics;
    message.id = id;
    message.sender = sender;
    message.is_frozen = frozen;
    message.size_shown = shown_size(size);
    message.age_shown = shown_age(now - received);
    auto& variables = message.variables;
    variables["message_exim_id"] = variables["message_id"] = message.id;
    variables["message_size"] = std::to_string(size);
    variables["shown_message_size"] = message.size_shown;
    variables["received_time"] = std::to_string(received);
    variables["message_age"] = std::to_string(now - received);
    variables["sender_address"] = sender;
    variables["sender_address_local_part"] = mail::local_part_of(sender);
    variables["sender_address_domain"] = mail::domain_of(sender);
    if (frozen)
        variables["deliver_freeze"] = "1";
    return message;
}

PickMessage message_from(const Json& one, std::int64_t now)
{
    auto message = message_of({.id = one.value("id", std::string{}),
                               .sender = one.value("sender", std::string{}),
                               .size = one.value("size", std::uint64_t{0}),
                               .received = one.value("received", std::int64_t{0}),
                               .frozen = one.value("frozen", false)},
                              now);
    auto& variables = message.variables;
    variables["queue_name"] = one.value("queue", std::string{});
    variables["next_try"] = std::to_string(one.value("next_try", std::int64_t{0}));
    variables["reason"] = one.value("reason", std::string{});
    if (one.value("active", false))
        variables["active"] = "1";
    std::vector<mail::Recipient> recipients;
    for (const auto& recipient : one.value("recipients", Json::array()))
        recipients.push_back({.address = recipient.value("address", std::string{}), .done = recipient.value("done", false)});
    add_recipients(message, recipients);
    return message;
}

// Encoded words decoded; as it stands when they cannot be.
std::string decoded(const std::string& text, std::string_view charset)
{
    auto done = mail::decode_words(text, {.check_length = false, .charset = charset});
    return done ? *done : text;
}

void add_headers(PickMessage& message, const std::string& with_cr, std::string_view charset)
{
    auto& variables = message.variables;
    const auto headers = replace_all(with_cr, "\r\n", "\n");
    variables["message_headers_raw"] = headers;
    variables["message_headers"] = decoded(headers, charset);
    const auto parsed = mail::HeaderList::parse(with_cr);
    if (!parsed)
        return;
    std::size_t received = 0;
    for (const auto& header : parsed->headers) {
        const auto name = lower(header.name());
        const auto raw = replace_all(std::string(header.raw_value()), "\r\n", "\n");
        received += name == "received";
        const auto add = [&](std::string_view prefix, const std::string& text, std::string_view between) {
            auto& value = variables[std::string(prefix) + name];
            value.append(value.empty() ? "" : between).append(text);
        };
        for (const std::string_view prefix : {"rh_", "rheader_"})
            add(prefix, raw, "");
        for (const std::string_view prefix : {"h_", "header_", "bh_", "bheader_"})
            add(prefix, decoded(std::string(trim(raw)), charset), "\n");
    }
    variables["received_count"] = std::to_string(received);
    const auto lines = std::ranges::count(headers, '\n');
    variables["message_linecount"] = std::to_string(lines + std::atoll(message.value("body_linecount").c_str()));
    const auto reply = variables.find("h_reply-to");
    variables["reply_address"] = reply != variables.end() ? reply->second : message.value("h_from");
}

void add_envelope(PickMessage& message, const mail::Envelope& envelope)
{
    const auto& origin = envelope.origin;
    const auto flag = [](bool value) { return std::string(value ? "1" : ""); };
    const auto shown_flag = [](bool value) { return std::string(value ? "1" : "0"); };
    const auto port = [](std::uint32_t number) { return number == 0 ? std::string{} : std::to_string(number); };
    const std::pair<std::string_view, std::string> values[] = {
        {"allow_unqualified_recipient", flag(origin.local)},
        {"allow_unqualified_sender", flag(origin.local)},
        {"authenticated_id", origin.authenticated_id},
        {"authenticated_sender", origin.authenticated_sender},
        {"body_linecount", std::to_string(envelope.body_lines)},
        {"body_zerocount", "0"},
        {"deliver_frozen_at", envelope.frozen_at == 0 ? "" : std::to_string(envelope.frozen_at)},
        {"dont_deliver", flag(envelope.dont_deliver)},
        {"host_lookup_deferred", shown_flag(origin.host_lookup_deferred)},
        {"host_lookup_failed", shown_flag(origin.host_lookup_failed)},
        {"interface_address", origin.interface_address},
        {"interface_port", port(origin.interface_port)},
        {"received_ip_address", origin.interface_address},
        {"received_port", port(origin.interface_port)},
        {"local_error_message", flag(envelope.is_bounce)},
        {"manually_thawed", flag(envelope.manual_thaw)},
        {"max_received_linelength", std::to_string(envelope.longest_line)},
        {"originator_gid", std::to_string(origin.gid)},
        {"originator_login", origin.login},
        {"originator_uid", std::to_string(origin.uid)},
        {"received_protocol", origin.protocol},
        {"sender_helo_name", origin.helo_name},
        {"sender_host_address", origin.host_address},
        {"sender_host_authenticated", origin.authenticator},
        {"sender_host_name", origin.host_name},
        {"sender_host_port", port(origin.host_port)},
        {"sender_ident", origin.ident},
        {"sender_local", flag(origin.local)},
        {"sender_set_untrusted", flag(envelope.sender_set_by_caller)},
        {"tls_certificate_verified", shown_flag(origin.tls_certificate_verified)},
        {"tls_cipher", origin.tls_cipher},
        {"tls_peerdn", origin.tls_peer_dn},
        {"tls_sni", origin.tls_sni},
        {"warning_count", std::to_string(envelope.warnings_sent)},
    };
    for (const auto& [name, value] : values)
        if (!value.empty())
            message.variables[std::string(name)] = value;
    for (const auto& variable : envelope.variables)
        if (spool::is_spam_value(variable.name))
            message.variables[variable.name] = variable.value;
        else if (variable.name.starts_with('c') || variable.name.starts_with('m')) // the others are notes
            message.variables["acl_" + variable.name] = variable.value;
}

Result<std::string> text_of(const std::filesystem::path& path)
{
    constexpr std::size_t largest = std::size_t{64} << 20;
    std::ifstream file{path, std::ios::binary};
    std::string text;
    char block[65536];
    while (file.read(block, sizeof block) || file.gcount() > 0) {
        text.append(block, static_cast<std::size_t>(file.gcount()));
        if (text.size() > largest)
            return permanent(path.string() + ": larger than 64 MiB, which no -H file is");
    }
    if (!file.eof())
        return system_error("read " + path.string());
    return text;
}

Result<PickMessage> message_from_file(const std::filesystem::path& path, std::string_view charset, std::int64_t now)
{
    const auto name = path.filename().string();
    const auto id = name.substr(0, name.size() - 2);
    const auto text = TRY(text_of(path));
    const auto read = TRY(spool::read_exim_header_file(text));
    std::error_code failed;
    const auto data = std::filesystem::file_size(path.parent_path() / (id + "-D"), failed);
    const auto first_line = id.size() + 3; // "ID-D" and its line end
    const auto body = failed || data < first_line ? 0 : data - first_line;
    const auto headers = replace_all(read.headers, "\r\n", "\n").size();
    auto message = message_of({.id = id,
                               .sender = read.envelope.sender,
                               .size = headers + 1 + body,
                               .received = read.envelope.received / 1'000'000,
                               .frozen = read.envelope.frozen},
                              now);
    message.variables["header_path"] = path.string();
    message.variables["data_path"] = (path.parent_path() / (id + "-D")).string();
    message.variables["message_body_size"] = std::to_string(body);
    if (failed)
        message.variables["message_body_missing"] = "1";
    add_recipients(message, read.envelope.recipients);
    add_envelope(message, read.envelope);
    add_headers(message, read.headers, charset);
    return message;
}

void add_folder(const std::filesystem::path& folder, std::string_view charset, bool is_split, std::vector<PickMessage>& messages)
{
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        const auto name = entry.path().filename().string();
        if (!is_split && name.size() == 1 && entry.is_directory(failed))
            add_folder(entry.path(), charset, true, messages);
        if (!name.ends_with("-H") || mainlog::id_length(name) != name.size() - 2)
            continue;
        if (auto message = message_from_file(entry.path(), charset, now); message)
            messages.push_back(std::move(*message));
        else
            std::fprintf(stderr, "exipick: %s: %s\n", entry.path().c_str(), message.error().text.c_str());
    }
}

}

std::string PickMessage::head(std::string_view middle) const
{
    constexpr std::size_t longest_sender = 1000;
    char start[64];
    std::snprintf(start, sizeof start, "%3s ", age_shown.c_str());
    char size[64];
    std::snprintf(size, sizeof size, "%5s", size_shown.c_str());
    return start + std::string(middle.empty() ? size : middle) + " " + id + " <" + escape(sender.substr(0, longest_sender), true) +
           ">" + (is_frozen ? " *** frozen ***" : "");
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

Status add_header_file(PickMessage& message, std::string_view text, std::string_view charset)
{
    const auto read = TRY(spool::read_exim_header_file(text));
    add_envelope(message, read.envelope);
    add_headers(message, read.headers, charset);
    const auto headers = message.value("message_headers_raw").size() + 1;
    const auto size = static_cast<std::size_t>(std::atoll(message.value("message_size").c_str()));
    message.variables["message_body_size"] = std::to_string(size > headers ? size - headers : 0);
    return {};
}

Result<std::vector<PickMessage>> picked_from_folder(const std::string& folder, std::string_view charset)
{
    std::error_code failed;
    if (!std::filesystem::is_directory(folder, failed))
        return permanent(folder + " is no folder that can be read" + (failed ? ": " + failed.message() : ""));
    std::vector<PickMessage> messages;
    add_folder(folder, charset, false, messages);
    std::ranges::sort(messages, {}, &PickMessage::id);
    return messages;
}

}
