#include "common/match/list.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/lookup/file_check.h"
#include "common/match/detail/compiled.h"

namespace gp::match {

struct Lists::Kept {
    struct File {
        lookup::FileIdentity identity;
        List list;
    };
    std::map<std::string, List, std::less<>> named; // kind, flags and name
    std::map<std::string, File, std::less<>> files;
};

namespace {

constexpr std::int64_t largest_file = 64 << 20;

std::string cache_key(Kind kind, bool caseful, bool addresses_only, std::string_view name)
{
    std::string key;
    key += static_cast<char>('0' + static_cast<int>(kind));
    key += caseful ? 'c' : '-';
    key += addresses_only ? 'a' : '-';
    key += name;
    return key;
}

List compile_items(const Lists& lists, Kind kind, const std::vector<std::string>& items,
                           std::string_view taint, bool caseful, bool addresses_only, bool from_file)
{
    auto made = std::make_shared<CompiledList>();
    made->kind = kind;
    made->taint = taint;
    made->addresses_only = addresses_only;
    if (kind == Kind::host)
        compile_hosts(lists, *made, items);
    else if (kind == Kind::address)
        compile_addresses(lists, *made, items, caseful, from_file);
    else
        compile_names(lists, *made, items, caseful);
    made->looks_things_up = std::ranges::any_of(made->steps, [](const Step& step) {
        return !std::holds_alternative<TableStep>(step) && !std::holds_alternative<NetworkStep>(step) &&
               !std::holds_alternative<AddressTableStep>(step) && !std::holds_alternative<RegexStep>(step);
    });
    if (from_file) { // what is at its end is said of the item that names it
        made->is_of_file = true;
        made->ends_negated = false;
    }
    return List(std::move(made));
}

// The lines of a file as items (manual 10.3).
Result<std::vector<std::string>> items_of_file(Kind kind, const std::string& path, std::string_view text)
{
    std::vector<std::string> out;
    for (auto line : split(text, '\n')) {
        auto comment = line.find('#');
        if (kind == Kind::address || kind == Kind::local_part)
            while (comment != std::string_view::npos && comment > 0 && !is_space(line[comment - 1]))
                comment = line.find('#', comment + 1);
        line = trim(line.substr(0, comment));
        if (line.empty())
            continue;
        if (line.front() == '/')
            return misconfigured(path + ": a file name is not allowed in a file that is part of a list");
        out.emplace_back(line);
    }
    return out;
}

}

List List::compile(const Lists& lists, Kind kind, const Text& text, bool caseful, bool addresses_only)
{
    std::vector<std::string> items;
    config::ListCursor cursor(text.text);
    std::string item;
    while (cursor.next(item))
        items.push_back(item);
    return compile_items(lists, kind, items, text.taint, caseful, addresses_only, false);
}

const Error* List::fault() const
{
    if (!compiled_)
        return nullptr;
    for (const auto& step : compiled_->steps) {
        const Error* found = nullptr;
        if (const auto* broken = std::get_if<BrokenStep>(&step))
            found = &broken->error;
        else if (const auto* halves = std::get_if<HalvesStep>(&step))
            found = halves->domain.fault();
        else if (const auto* mx = std::get_if<MxStep>(&step))
            found = mx->ignored.fault();
        if (found)
            return found;
    }
    return nullptr;
}

bool List::looks_things_up() const
{
    return compiled_ && compiled_->looks_things_up;
}

Kind List::kind() const
{
    return compiled_ ? compiled_->kind : Kind::domain;
}

Lists::Lists(NamedLists named, Self self, const lookup::Lookups& lookups, Names* names)
    : named_(std::move(named)), self_(std::move(self)), lookups_(lookups), names_(names),
      kept_(std::make_unique<Kept>())
{
}

Lists::~Lists() = default;

Result<List> Lists::find_named(Kind kind, std::string_view name, bool caseful, bool addresses_only,
                               Asker& asker) const
{
    const auto& table = named_.of(kind);
    const auto found = table.find(name);
    if (found == table.end())
        return misconfigured("unknown named " + std::string(kind_name(kind)) + " list \"+" + std::string(name) + "\"");
    const auto& text = found->second.text;
    const bool is_constant = text.find('$') == std::string::npos;
    const auto key = cache_key(kind, caseful, addresses_only, name);
    if (is_constant)
        if (const auto at = kept_->named.find(key); at != kept_->named.end())
            return at->second;
    Text expanded = Text::clean(text);
    if (text.find_first_of("$\\") != std::string::npos)
        expanded = TRY(asker.expand(text));
    auto list = List::compile(*this, kind, expanded, caseful, addresses_only);
    if (is_constant)
        kept_->named.insert_or_assign(key, list);
    return list;
}

bool Lists::may_remember(Kind kind, std::string_view name) const
{
    const auto& table = named_.of(kind);
    const auto found = table.find(name);
    return found != table.end() &&
           (found->second.always_cached || found->second.text.find('$') == std::string::npos);
}

Result<List> Lists::find_file(Kind kind, const std::string& path, bool caseful, bool addresses_only) const
{
    const auto key = cache_key(kind, caseful, addresses_only, path);
    const auto identity = lookup::FileIdentity::of(path);
    if (const auto at = kept_->files.find(key); at != kept_->files.end() && at->second.identity == identity &&
                                                identity != lookup::FileIdentity())
        return at->second.list;
    auto opened = lookup::open_for_search(path, "list", "list");
    if (!opened) {
        auto error = std::move(opened).error();
        if (const auto reason = error.text.rfind(": "); reason != std::string::npos)
            error.text = "failed to open " + path + " when checking \"" + path + "\"" + error.text.substr(reason);
        return error;
    }
    const auto text = TRY(lookup::read_whole(opened->fd.get(), path, largest_file));
    const auto items = TRY(items_of_file(kind, path, text));
    List list = compile_items(*this, kind, items, {}, caseful, addresses_only, true);
    kept_->files.insert_or_assign(key, Kept::File{lookup::FileIdentity(opened->status), list});
    return list;
}

}
