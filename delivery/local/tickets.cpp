#include "delivery/local/tickets.h"

#include "common/base/encoding.h"
#include "common/base/random.h"
#include "common/expand/digest.h"
#include "common/filter/alias_list.h"

namespace gp::local {
namespace {

using filter::Action;
using filter::AliasItem;

// No two wishes have the same text: each part is told with its length.
std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string out;
    for (const auto part : parts)
        out.append(std::to_string(part.size())).append(":").append(part);
    return out;
}

// What of a reply is authority: the user's files that it reads and writes. The rest is mail, which anybody may send.
std::string reply_text(std::string_view file, std::string_view log, std::string_view once)
{
    return joined({"reply", file, log, once});
}

std::string text_of(const Action& action)
{
    switch (action.kind) {
    case Action::Kind::pipe:
        return joined({"pipe", action.text.starts_with('|') ? action.text : "|" + action.text, action.command});
    case Action::Kind::save:
        return joined({"file", action.text});
    case Action::Kind::reply:
        return reply_text(action.reply.file_expand ? std::string_view{} : action.reply.file, action.reply.log, action.reply.once);
    case Action::Kind::deliver:
        break;
    }
    return {};
}

std::string option_of(const router::Delivery& delivery, std::string_view name)
{
    for (const auto& option : delivery.options)
        if (option.name == name)
            return option.value;
    return {};
}

std::string text_of(const router::Delivery& delivery)
{
    if (delivery.kind == "pipe")
        return joined({"pipe", delivery.address, option_of(delivery, "pipe_words")});
    if (delivery.kind == "file")
        return joined({"file", delivery.address});
    if (delivery.kind == "reply")
        return reply_text(option_of(delivery, "file"), option_of(delivery, "log"), option_of(delivery, "once"));
    return {};
}

}

Tickets::Tickets() : key_(32, '\0')
{
    random_bytes(key_);
}

Result<std::string> Tickets::made_for(std::uint32_t uid, const std::string& what) const
{
    return hex_encode(TRY(expand::keyed_digest(expand::Digest::sha256, key_, std::to_string(uid) + "\n" + what)));
}

Status Tickets::sign(std::uint32_t uid, launcher::InterpretReply& reply) const
{
    for (auto& item : reply.items) {
        item.ticket.clear();
        if (item.kind == static_cast<std::uint32_t>(AliasItem::Kind::pipe))
            item.ticket = TRY(made_for(uid, joined({"pipe", item.text, ""})));
        else if (item.kind == static_cast<std::uint32_t>(AliasItem::Kind::file))
            item.ticket = TRY(made_for(uid, joined({"file", item.text})));
    }
    for (auto& action : reply.outcome.actions) {
        const auto text = text_of(action);
        action.ticket = text.empty() ? std::string{} : TRY(made_for(uid, text));
    }
    return {};
}

bool Tickets::is_good(const router::Delivery& delivery) const
{
    const auto text = text_of(delivery);
    if (text.empty() || delivery.ticket.empty())
        return false;
    const auto made = made_for(delivery.uid, text);
    return made && expand::same_secret(*made, delivery.ticket);
}

}
