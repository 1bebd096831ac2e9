#include "common/expand/lists.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/host_words.h"

namespace gp::expand {
namespace {

// Puts a value in place for as long as it lives, and then what was there before.
template <class T>
class InPlace {
public:
    InPlace(T& where, T value) : where_(where), before_(std::move(where)) { where_ = std::move(value); }
    ~InPlace() { where_ = std::move(before_); }
    InPlace(const InPlace&) = delete;
    InPlace& operator=(const InPlace&) = delete;

private:
    T& where_;
    T before_;
};


}

const lookup::Hooks& SceneAsker::hooks()
{
    if (hooks_.entry_name)
        return hooks_;
    hooks_.expand = [this](std::string_view words) -> Result<std::string> {
        return TRY(expand::expand(scene_, Text::clean(std::string(words)))).text;
    };
    hooks_.entry_name = &scene_.kept->ldap_dn;
    return hooks_;
}

Result<Text> SceneAsker::expand(std::string_view list)
{
    auto out = expand::expand(scene_, Text::clean(std::string(list)));
    if (out || out.error().cause == Cause::forced_fail)
        return out;
    // Whatever is wrong with it: the list cannot say yes or no now (manual 10.1).
    return Error{Blame::temporary, std::move(out).error().text, out.error().cause};
}

// Of an SMTP session, where the administrator sees whom it concerns.
void SceneAsker::tell_missing(Missing what, std::string_view of)
{
    const auto* origin = scene_.origin;
    const bool is_session = scene_.find_fact("smtp_command") || !scene_.message || scene_.message->id.empty();
    if (!origin || origin->host_address.empty() || !is_session)
        return;
    if (what == Missing::name_of_client && !scene_.site().log_host_lookup_failed)
        return;
    if (what == Missing::name_of_client)
        log::main("no host name found for IP address " + escape(of));
    else
        log::main("no IP address found for host " + escape(of) + " (during SMTP connection from " + mail::host_words(*origin) + ")");
}

// The compiled forms of a list whose text never changes.
struct ListText::Cache {
    struct Entry {
        const match::Lists* lists = nullptr;
        match::List list;
    };
    Entry entries[4]; // by case and by whether names may be looked up
};

Result<ListText> ListText::parse(const Language& language, match::Kind kind, std::string_view text, Fault* fault)
{
    ListText out;
    out.kind_ = kind;
    out.text_ = TRY(language.parse(text, fault));
    if (out.text_.constant())
        out.cache_ = std::make_shared<Cache>();
    return out;
}

namespace {

Result<match::Match> told(const std::string& list, std::string_view subject, Result<match::Match> found)
{
    if (log::debugging("lists"))
        log::debug("lists", escape(subject) + " in \"" + escape(list, true) + "\"? " +
                                (!found ? "cannot tell: " + found.error().text : *found ? "yes" : "no"));
    return found;
}

}

ListText ListText::literal(match::Kind kind, std::string text)
{
    ListText out;
    out.kind_ = kind;
    out.text_ = Expression::literal(std::move(text));
    out.cache_ = std::make_shared<Cache>();
    return out;
}

Result<match::List> ListText::compiled(Scene& scene, bool caseful, bool addresses_only) const
{
    const auto& lists = scene.world.lists;
    if (!cache_) {
        auto text = text_.expand(scene);
        if (!text && text.error().cause == Cause::forced_fail)
            return match::List{}; // manual 10.1: as if the subject were not in the list
        if (!text)
            log::main("failed to expand \"" + escape(text_.source(), true) + "\" while checking a list: " + escape(text.error().text, true));
        return match::List::compile(lists, kind_, TRY(std::move(text)), caseful, addresses_only);
    }
    auto& entry = cache_->entries[(caseful ? 1 : 0) + (addresses_only ? 2 : 0)];
    if (entry.lists != &lists) {
        entry.list = match::List::compile(lists, kind_, Text::clean(*text_.constant()), caseful, addresses_only);
        entry.lists = &lists;
    }
    return entry.list;
}

void ListText::prepare(const match::Lists& lists) const
{
    if (!cache_)
        return;
    cache_->entries[0] = {&lists, match::List::compile(lists, kind_, Text::clean(*text_.constant()), false, false)};
}

Result<match::Match> ListText::domain(Scene& scene, std::string_view domain, bool keeps_domain) const
{
    if (cache_) {
        const auto list = TRY(compiled(scene, false, false));
        SceneAsker asker(scene);
        if (!list.looks_things_up()) // nobody sees $domain
            return told(text_.source(), domain, scene.world.lists.domain(list, domain, asker));
    }
    std::optional<Text> shown = scene.domain;
    if (!keeps_domain)
        shown = Text::from(lower(domain), "$domain");
    const InPlace in_place(scene.domain, std::move(shown));
    const auto list = TRY(compiled(scene, false, false));
    SceneAsker asker(scene);
    return told(text_.source(), domain, scene.world.lists.domain(list, domain, asker));
}

Result<match::Match> ListText::local_part(Scene& scene, std::string_view local_part, bool caseful) const
{
    const auto list = TRY(compiled(scene, caseful, false));
    SceneAsker asker(scene);
    return told(text_.source(), local_part, scene.world.lists.local_part(list, local_part, caseful, asker));
}

Result<match::Match> ListText::address(Scene& scene, std::string_view address) const
{
    const auto list = TRY(compiled(scene, false, false));
    SceneAsker asker(scene);
    return told(text_.source(), address, scene.world.lists.address(list, address, asker));
}

Result<match::Match> ListText::host(Scene& scene, match::Host& host) const
{
    const auto list = TRY(compiled(scene, false, false));
    SceneAsker asker(scene);
    return told(text_.source(), host.text(), scene.world.lists.host(list, host, asker));
}

Result<match::Match> ListText::ip(Scene& scene, std::string_view address) const
{
    const auto list = TRY(compiled(scene, false, true));
    SceneAsker asker(scene);
    return told(text_.source(), address, scene.world.lists.ip(list, address, asker));
}

void remember_captures(Scene& scene, const match::Match& match)
{
    if (!match.has_captures)
        return;
    scene.captures.values.clear();
    for (const auto& capture : match.captures)
        scene.captures.values.push_back(Text::from(capture, "$1"));
}

}
