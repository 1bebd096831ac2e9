#include "router/sender_binding.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/headers.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

constexpr std::size_t most_authors = 100; // addresses of From:

class Binding {
public:
    Binding(const World& world, const expand::Expression& logins, expand::Scene& scene, std::string_view login)
        : world_(world), logins_(logins), scene_(scene), login_(login)
    {
    }
    Result<bool> owns(std::string address);

private:
    Result<bool> may_use(std::string_view address);

    const World& world_;
    const expand::Expression& logins_;
    expand::Scene& scene_;
    const std::string_view login_;
};

// The option is expanded for an address, and gives the logins that may use it; "*" is everybody.
Result<bool> Binding::may_use(std::string_view address)
{
    const std::string local_part = lower(mail::local_part_of(address)), domain = lower(mail::domain_of(address));
    expand::Address shown;
    shown.local_part = local_part;
    shown.domain = domain;
    const auto* before = std::exchange(scene_.address, &shown);
    const auto names = logins_.expand(scene_);
    scene_.address = before;
    if (!names && names.error().cause == Cause::forced_fail)
        return false;
    if (!names)
        return temporary("sender_logins: " + names.error().text);
    return std::ranges::any_of(config::split_list(names->text),
                               [&](const std::string& name) { return name == "*" || (!login_.empty() && same_nocase(name, login_)); });
}

// Somebody behind an alias may use it, too.
Result<bool> Binding::owns(std::string address)
{
    if (mail::domain_of(address).empty())
        address += "@" + world_.ground().world.site.qualify_domain;
    if (TRY(may_use(address)))
        return true;
    const auto routed = world_.chain().route(address, 0, {.sender = {}, .purpose = {Purpose::Kind::verify_sender}, .base = &scene_});
    if (!routed.children.empty())
        for (const auto& delivery : routed.deliveries)
            if (TRY(may_use(delivery.address)))
                return true;
    for (const auto& left : routed.unrouted)
        if (left.why == Unrouted::Why::deferred)
            return temporary("sender_logins: " + address + ": " + left.text);
    return false;
}

bool is_judged(Phase phase)
{
    return phase == Phase::mail || phase == Phase::data;
}

// A From: without an address that can be read has an empty author, whom nobody but "*" may be: readers show its words.
std::vector<std::string> authors_of(std::string_view header_block)
{
    std::vector<std::string> out;
    const expand::Headers headers{header_block};
    for (const auto& line : headers.lines()) {
        if (!same_nocase(line.name, "From"))
            continue;
        const auto list = mail::parse_address_list(line.body, {.allow_domain_literals = true}, most_authors);
        for (const auto& item : list.items)
            out.push_back(item.parsed ? item.parsed->address : std::string(line.body.substr(item.begin, item.end - item.begin)));
        if (list.too_many || list.items.empty())
            out.emplace_back();
    }
    return out;
}

}

Status bind_sender(const World& world, const expand::Expression& logins, const Ask& question, AskReply& reply)
{
    const auto& login = question.origin.authenticated_id;
    if (!is_judged(question.phase) || question.origin.authenticator.empty())
        return {};
    MessageScene message{world, question.origin, question.state.variables, {.id = question.message_id, .sender = question.sender}};
    Binding binding{world, logins, message.scene(), login};
    auto senders = authors_of(question.headers);
    if (question.phase == Phase::mail)
        senders = {question.argument};
    for (const auto& sender : senders) {
        const bool is_bounce = question.phase == Phase::mail && sender.empty();
        if (is_bounce || TRY(binding.owns(sender)))
            continue;
        reply.verdict = Verdict::deny;
        reply.code = 550;
        reply.enhanced = "5.7.1";
        reply.text = reply.log_text = "<" + escape(sender, true) + "> does not belong to the login " +
                                       (login.empty() ? "(its authenticator sets no id)" : escape(login, true));
        return {};
    }
    return {};
}

}
