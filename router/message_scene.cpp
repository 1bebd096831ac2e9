#include "router/message_scene.h"

#include <set>

#include "common/base/text.h"

namespace gp::router {
namespace {

// A mark lives as long as any text that bears it. There are few such names; whoever sends others has them marked alike.
std::string_view mark_of(const std::string& variable)
{
    constexpr std::size_t most = 1000;
    static std::set<std::string, std::less<>> marks;
    if (const auto known = marks.find("$" + variable); known != marks.end())
        return *known;
    return marks.size() < most ? std::string_view(*marks.insert("$" + variable).first) : "a variable of the message";
}

std::int64_t received_lines(std::string_view headers)
{
    return headers.empty() ? 0
                           : std::ranges::count_if(split(headers, '\n'), [](auto line) { return starts_nocase(line, "received:"); });
}

// For ${authresults}: who has logged in, and by which mechanism (RFC 8601 section 2.7.4).
std::string auth_result(const World& world, const mail::Origin& origin)
{
    for (const auto& driver : world.configuration().authenticators)
        if (driver.name == origin.authenticator)
            return "auth=pass (" + (driver.settings.is_set("public_name") ? driver.settings.text("public_name") : driver.name) +
                   ") smtp.auth=" + origin.authenticated_id;
    return {};
}

// Octets of the first header, its folds included.
std::size_t first_header(std::string_view headers)
{
    std::size_t end = headers.find('\n');
    while (end != std::string_view::npos && end + 1 < headers.size() && (headers[end + 1] == ' ' || headers[end + 1] == '\t'))
        end = headers.find('\n', end + 1);
    return end == std::string_view::npos ? headers.size() : end + 1;
}

}

// As Exim counts: a line end is one octet, and the blank line behind the headers belongs to the message.
void MessageScene::measure(const MessageFacts& facts)
{
    message_.size = static_cast<std::int64_t>(facts.size);
    message_.linecount = facts.body_lines;
    if (facts.headers.empty())
        return;
    const auto original = facts.original_headers.empty() ? facts.headers : facts.original_headers;
    const auto text = replace_all(std::string(original), "\r\n", "\n");
    const bool skips_first = facts.is_received && starts_nocase(text, "Received:");
    const auto counted = std::string_view(text).substr(skips_first ? first_header(text) : 0);
    const auto body = facts.size - std::min<std::uint64_t>(facts.size, original.size());
    message_.body_size = static_cast<std::int64_t>(body - std::min<std::uint64_t>(body, facts.body_lines));
    message_.size = message_.body_size + static_cast<std::int64_t>(counted.size()) + 1;
    message_.linecount += std::ranges::count(counted, '\n') + (facts.is_received ? 1 : 0);
}

MessageScene::MessageScene(const World& world, const mail::Origin& origin,
                           const std::vector<mail::Variable>& variables, const MessageFacts& facts)
    : headers_text_(replace_all(std::string(facts.headers), "\r\n", "\n")), headers_(headers_text_),
      host_(origin.host_address.empty() ? match::Host{} : match::Host{origin.host_address}), scene_(world.expansions())
{
    if (!origin.host_name.empty())
        host_.set_name(origin.host_name);
    else if (origin.host_lookup_failed)
        host_.set_lookup_failed();
    else if (origin.host_lookup_deferred)
        host_.set_lookup_deferred();
    message_.id = facts.id;
    message_.sender = facts.sender;
    message_.recipients = facts.recipients;
    if (facts.recipients) {
        message_.recipients_count = static_cast<std::int64_t>(facts.recipients->size());
        if (facts.recipients->size() == 1)
            message_.received_for = facts.recipients->front();
    }
    message_.received_count = received_lines(headers_text_);
    message_.body_linecount = facts.body_lines;
    message_.max_received_linelength = facts.longest_line;
    measure(facts);
    const auto visible = static_cast<std::size_t>(std::max<std::int64_t>(0, world.expansions().site.message_body_visible));
    body_start_ = replace_all(std::string(facts.body_start), "\r\n", "\n").substr(0, visible);
    body_end_ = replace_all(std::string(facts.body_end), "\r\n", "\n");
    body_end_.erase(0, body_end_.size() - std::min(body_end_.size(), visible));
    message_.body_start = body_start_;
    message_.body_end = body_end_;
    message_.received_time = facts.received;
    message_.originator_uid = origin.uid;
    message_.originator_gid = origin.gid;
    message_.is_queue_run = facts.queue_run;
    message_.is_first_delivery = !facts.queue_run;
    message_.headers = facts.headers.empty() ? nullptr : &headers_;
    if (facts.received && world.ground().clock.seconds() > facts.received)
        message_.age = world.ground().clock.seconds() - facts.received;
    scene_.origin = &origin;
    scene_.host = host_.is_remote() ? &host_ : nullptr;
    scene_.message = &message_;
    scene_.acl_variables = &variables;
    scene_.remembered = &remembered_;
    if (!origin.authenticator.empty() && !origin.authenticated_id.empty())
        if (const auto result = auth_result(world, origin); !result.empty())
            scene_.facts.set("authresults_auth", Text::from(result, "${authresults}"));
    // What was found out at earlier points of the message: by the spam scanner, by SPF.
    for (const auto& variable : variables)
        for (std::string_view prefix : {"spam_", "spf_", "authresults_", "mime_", "dkim_", "dmarc_", "tls_in_", "atrn_"})
            if (variable.name.starts_with(prefix))
                scene_.facts.set(variable.name, Text::from(variable.value, mark_of(variable.name)));
    for (const auto& variable : variables)
        if (variable.name == mail::active_hostname)
            scene_.facts.set(variable.name, Text::clean(variable.value));
}

}
