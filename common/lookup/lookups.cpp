#include "common/lookup/lookups.h"

#include <set>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/lookup/file_check.h"

namespace gp::lookup {
namespace {

Found found(Answer answer, const SearchType& type, std::string_view key)
{
    Found out;
    out.secure = answer.secure;
    out.asked_dns = answer.asked_dns;
    out.found = answer.found;
    if (!answer.found)
        return out;
    // "ret=key": the key itself, vouched for by having been found.
    const bool wants_key = !type.is_query() && type.options.get("ret") == "key";
    out.value = Text::clean(wants_key ? std::string(key) : std::move(answer.data));
    return out;
}

}

Lookups::Lookups(Registry<Driver> drivers, Environment environment)
    : drivers_(std::move(drivers)), environment_(std::move(environment))
{
}

Lookups::~Lookups() = default;

Result<std::shared_ptr<Source>> Lookups::open(const Driver& driver, const std::string& file) const
{
    const std::string name = std::string(driver.name) + ' ' + file;
    if (const auto at = by_name_.find(name); at != by_name_.end()) {
        if (!at->second->source->is_stale()) {
            opened_.splice(opened_.begin(), opened_, at->second);
            return opened_.front().source;
        }
        opened_.erase(at->second);
        by_name_.erase(at);
    }
    std::shared_ptr<Source> source = TRY(driver.open(environment_, file));
    opened_.push_front({name, source});
    by_name_[name] = opened_.begin();
    while (opened_.size() > static_cast<std::size_t>(std::max<std::int64_t>(1, environment_.settings.lookup_open_max))) {
        by_name_.erase(opened_.back().name);
        opened_.pop_back();
    }
    return source;
}

void Lookups::close_all() const
{
    by_name_.clear();
    opened_.clear();
}

Result<Found> Lookups::ask(Source& source, const SearchType& type, std::string_view key, const Hooks& hooks,
                           std::string_view taint) const
{
    if (key.empty() && !type.is_query())
        return Found{}; // in no file; but a default is for it too
    const Question question{key, type.options, *this, hooks, taint};
    auto answer = TRY(source.find(question));
    if (hooks.entry_name && !answer.entry_name.empty())
        *hooks.entry_name = answer.entry_name;
    return found(std::move(answer), type, key);
}

Result<Found> Lookups::ask_with_partial(Source& source, const SearchType& type, std::string_view key,
                                        const Hooks& hooks) const
{
    auto out = TRY(ask(source, type, key, hooks));
    if (!type.partial)
        return out;
    if (out.found) {
        out.is_partial = true;
        out.fixed = key; // the whole key matched: nothing of it was wild
        return out;
    }
    PartialKeys keys(type, key);
    while (const auto next = keys.next()) {
        out = TRY(ask(source, type, next->key, hooks));
        if (!out.found)
            continue;
        out.is_partial = true;
        out.wild = next->wild;
        out.fixed = next->fixed;
        return out;
    }
    return out;
}

Result<Found> Lookups::ask_with_fallback(Source& source, const SearchType& type, std::string_view key,
                                         const Hooks& hooks) const
{
    auto out = TRY(ask_with_partial(source, type, key, hooks));
    if (out.found || type.fallback == Fallback::none)
        return out;
    const auto at = key.rfind('@');
    if (type.fallback == Fallback::star_at && at != std::string_view::npos && at > 0) {
        out = TRY(ask(source, type, "*" + std::string(key.substr(at)), hooks));
        if (out.found) {
            out.is_partial = true;
            out.wild = key.substr(0, at); // manual 9.6: what "*" stands for
            return out;
        }
    }
    out = TRY(ask(source, type, "*", hooks));
    if (out.found) {
        out.is_partial = true;
        out.wild = key; // Exim's "*" stands for all of the key
    }
    return out;
}

namespace {

Result<Found> told(const SearchType& type, std::string_view where, std::string_view key, Result<Found> found)
{
    if (log::debugging("lookup"))
        log::debug("lookup", std::string(type.driver->name) + (where.empty() ? "" : " in " + escape(where)) + " of \"" + escape(key, true) + "\": " +
                                 (!found         ? "cannot tell: " + found.error().text
                                  : found->found ? "\"" + escape(found->value.text, true) + "\""
                                                 : "nothing"));
    return found;
}

}

Result<Found> Lookups::find(const SearchType& type, const Text& file, const Text& key, const Hooks& hooks) const
{
    TRY(check_clean(file, "filename for search"));
    const auto source = TRY(open(*type.driver, file.text));
    auto out = told(type, file.text, key.text, ask_with_fallback(*source, type, key.text, hooks));
    // "ret=key" is the key that was asked for. A default or a part of it vouches for nothing: strangers' words stay theirs.
    if (out && out->found && type.options.get("ret") == "key" && out->value.text != key.text)
        out->value = key;
    return out;
}

Result<Found> Lookups::query(const SearchType& type, const Text& query, const Hooks& hooks) const
{
    if (query.tainted() && query.quoted_for != type.driver->name && type.driver->quote)
        log::warning("tainted search query is not properly quoted for " + std::string(type.driver->name) + ": " +
                     taint_advice(query.taint));
    const auto source = TRY(open(*type.driver, {}));
    return told(type, {}, query.text, ask(*source, type, query.text, hooks, query.taint));
}

Result<std::string> Lookups::quote(std::string_view name, std::string_view words) const
{
    const auto* driver = drivers_.find(name);
    std::string_view variant;
    if (!driver) {
        const auto underscore = name.find('_');
        driver = drivers_.find(name.substr(0, underscore));
        if (driver && underscore != std::string_view::npos)
            variant = name.substr(underscore + 1);
    }
    if (!driver)
        return misconfigured("unknown lookup type \"" + std::string(name) + "\"");
    if (!driver->quote)
        return variant.empty() ? Result<std::string>(std::string(words))
                               : misconfigured("\"" + std::string(variant) + "\" unrecognized after \"${quote_" +
                                               std::string(driver->name) + "\"");
    return driver->quote(words, variant);
}

}
