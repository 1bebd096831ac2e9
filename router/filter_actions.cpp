#include "router/filter_actions.h"

#include "common/base/text.h"
#include "common/mail/address_parser.h"

namespace gp::router {

using filter::Action;

namespace {

constexpr std::size_t longest_shown = 256; // of a list of addresses, in what a reply is called

// "joe@here.example,ann": the addresses alone; nothing where one of them is none.
std::optional<std::string> bare_addresses(std::string_view list)
{
    std::string bare;
    for (const auto& item : mail::parse_address_list(list).items) {
        if (!item.parsed)
            return std::nullopt;
        if (bare.size() < longest_shown)
            bare += (bare.empty() ? "" : ",") + item.parsed->address;
        else if (!bare.ends_with(", ..."))
            bare += ", ...";
    }
    return bare;
}

void name_reply(Candidate& child)
{
    const auto to = bare_addresses(child.address);
    child.address = ">" + (to ? *to : std::string("**bad-reply**"));
    if (to)
        return;
    child.setup_error = "filter autoreply generated syntactically invalid recipient";
    child.setup_fails = true;
    child.errors_to = std::string{}; // nobody is told
}

}

Candidate candidate_of_action(Action action)
{
    Candidate child;
    child.is_tainted = false;
    child.address = std::move(action.text);
    child.mode = action.mode;
    child.ticket = std::move(action.ticket);
    if (action.has_errors_to)
        child.errors_to = action.errors_to;
    child.ignores_errors = action.ignores_errors;
    switch (action.kind) {
    case Action::Kind::deliver:
        child.rename(std::string(child.address));
        return child;
    case Action::Kind::save:
        child.kind = "file";
        if (action.is_tainted)
            child.setup_error = "Tainted '" + escape(child.address) + "' (file name of a filter) not permitted";
        return child;
    case Action::Kind::pipe:
        child.kind = "pipe";
        if (!child.address.starts_with('|'))
            child.address.insert(0, "|");
        child.command = std::move(action.command);
        return child;
    case Action::Kind::reply:
        break;
    }
    child.kind = "reply";
    name_reply(child);
    if (action.is_tainted)
        child.setup_error = "Tainted file name in the mail command of a filter not permitted";
    child.reply = std::make_shared<const filter::Reply>(std::move(action.reply));
    return child;
}

const filter::Words& linked_filter_words()
{
    static const auto words = filter::Words::linked();
    return words;
}

}
