// ${listnamed:…}: the text of a named list; listnamed_d …

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

constexpr unsigned most_nested = 20;

struct Found {
    const match::NamedList* list = nullptr;
    match::Kind kind = match::Kind::domain;
};

// In one of the four tables, or in the first that has it.
Result<Found> find(const match::NamedLists& named, std::string_view name, std::string_view kind_letter)
{
    struct Row {
        char letter;
        match::Kind kind;
        std::string_view word;
    };
    static constexpr Row rows[] = {{'a', match::Kind::address, "address"},
                                   {'d', match::Kind::domain, "domain"},
                                   {'h', match::Kind::host, "host"},
                                   {'l', match::Kind::local_part, "localpart"}};
    std::string_view wanted;
    for (const auto& row : rows) {
        if (!kind_letter.empty() && row.letter != kind_letter.front())
            continue;
        wanted = row.word;
        const auto& table = named.of(row.kind);
        if (const auto at = table.find(name); at != table.end())
            return Found{&at->second, row.kind};
    }
    if (!kind_letter.empty() && wanted.empty())
        return misconfigured("bad suffix on \"list\" operator");
    return misconfigured("\"" + std::string(name) + "\" is not a " +
                         (kind_letter.empty() ? std::string() : std::string(wanted) + " ") + "named list");
}

// The items of a list, those of lists that it refers to in their place.
Status collect(const match::NamedLists& named, const Found& from, unsigned depth,
               std::vector<std::string>& out)
{
    if (depth > most_nested)
        return misconfigured("named lists refer to themselves, or are nested too deeply");
    for (auto& item : config::split_list(from.list->text)) {
        const auto& table = named.of(from.kind);
        const auto inner = item.starts_with('+') ? table.find(std::string_view(item).substr(1)) : table.end();
        if (inner == table.end())
            out.push_back(std::move(item));
        else
            TRY(collect(named, {&inner->second, from.kind}, depth + 1, out));
    }
    return {};
}

Result<Text> listnamed(const OperatorCall& call)
{
    const auto& named = call.scene.world.lists.named();
    std::string_view name = call.subject.text;
    if (name.starts_with('+'))
        name.remove_prefix(1);
    std::vector<std::string> items;
    if (call.has_argument && call.argument.empty())
        return misconfigured("bad suffix on \"list\" operator");
    TRY(collect(named, TRY(find(named, name, call.argument)), 0, items));
    std::string out;
    for (const auto& item : items) {
        if (!out.empty())
            out += " : ";
        out += replace_all(item, ":", "::");
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "listnamed",
    .apply = listnamed,
    .doc = "The text of a named list; listnamed_d …",
}};

}
}
