// ${lookup{key} TYPE {file}{yes}{no}}, ${lookup TYPE {query}{yes}{no}}

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/judge.h"
#include "common/expand/expand.h"
#include "common/expand/item.h"
#include "common/expand/lists.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

// A type that fits the form of the item: with a key, or with a query.
Result<lookup::SearchType> checked_type(std::string_view words, bool has_key, const Registry<lookup::Driver>& drivers)
{
    auto type = TRY(lookup::parse_search_type(words, drivers));
    if (has_key && type.is_query())
        return misconfigured("a single key was given for lookup type \"" + std::string(type.driver->name) +
                             "\", which is not a single-key lookup type");
    if (!has_key && !type.is_query())
        return misconfigured("missing {key} for single-key \"" + std::string(words) + "\" lookup");
    return type;
}

class Lookup final : public Node {
public:
    Lookup(std::unique_ptr<Sequence> key, std::string type, std::unique_ptr<Sequence> what, Branches branches)
        : key_(std::move(key)), words_(std::move(type)), what_(std::move(what)), branches_(std::move(branches))
    {
    }

    Status evaluate(Scene& scene, Text& out) const override
    {
        if (scene.is_forbidden("lookup"))
            return misconfigured("lookup expansions are not permitted");
        const auto* type = TRY(parsed_type(scene));
        Text key;
        if (key_)
            TRY(key_->evaluate(scene, key));
        Text what;
        TRY(what_->evaluate(scene, what));
        auto found = TRY(find(scene, *type, std::move(key), std::move(what)));
        if (found.asked_dns)
            scene.kept->lookup_dnssec_authenticated = found.secure ? "yes" : "no";
        const Saved captures(scene.captures);
        if (found.is_partial)
            scene.captures.values = {Text{}, Text::clean(found.wild), Text::clean(found.fixed)};
        return take_branch(scene, branches_, found.found, std::move(found.value), out);
    }

private:
    // The desk that is asked may not have the types that the parser knew.
    Result<const lookup::SearchType*> parsed_type(Scene& scene) const
    {
        if (known_to_ != &scene.world.lookups) {
            type_ = TRY(checked_type(words_, key_ != nullptr, scene.world.lookups.drivers()));
            known_to_ = &scene.world.lookups;
        }
        return &type_;
    }

    Result<lookup::Found> find(Scene& scene, const lookup::SearchType& type, Text key, Text what) const
    {
        SceneAsker asker(scene);
        const auto& lookups = scene.world.lookups;
        auto found = type.is_query() ? lookups.query(type, what, asker.hooks())
                                     : lookups.find(type, what, key, asker.hooks());
        if (found || found.error().blame != Blame::temporary)
            return found;
        // No deferral: a condition with it skips a router, as in Exim.
        if (is_about_opening(found.error().text))
            return misconfigured(found.error().text, found.error().cause);
        return temporary("lookup of \"" + escape(type.is_query() ? what.text : key.text) + "\" gave DEFER: " +
                             found.error().text,
                         found.error().cause);
    }

    // Exim says these without the key.
    static bool is_about_opening(std::string_view text)
    {
        return text.starts_with("failed to open ") || text.ends_with(" lookup)") || text.starts_with("absolute file name");
    }

    std::unique_ptr<Sequence> key_; // null: a query
    std::string words_;
    std::unique_ptr<Sequence> what_;
    Branches branches_;
    mutable lookup::SearchType type_;
    mutable const lookup::Lookups* known_to_ = nullptr;
};

// Up to white space or the brace: "partial(*.)lsearch*@,ret=full".
std::string read_type(Parser& parser)
{
    const auto from = parser.place();
    while (!parser.at_end() && parser.peek() != '{' && !is_space(parser.peek()))
        parser.skip();
    std::string out(parser.since(from));
    parser.skip_space();
    return out;
}

// "did you mean lsearch?" of a type that does not exist: "partial-lserch*@,ret=full".
std::string meant(std::string_view words, const Registry<lookup::Driver>& known)
{
    auto name = words.substr(0, words.find(','));
    if (name.starts_with("partial"))
        name.remove_prefix(std::min(name.find_first_of("-)") , name.size() - 1) + 1);
    if (name.starts_with("net"))
        name.remove_prefix(std::min(name.find('-'), name.size() - 1) + 1);
    name = name.substr(0, name.find('*'));
    std::vector<std::string_view> names;
    for (const auto& driver : known.all())
        names.push_back(driver.name);
    const auto near = name.empty() || known.find(name) ? std::string_view{} : nearest(name, names);
    return near.empty() ? std::string{} : "did you mean " + std::string(near) + "?";
}

Result<NodePtr> parse(Parser& parser)
{
    parser.skip_space();
    std::unique_ptr<Sequence> key;
    if (parser.take('{')) {
        key = TRY(parser.inside_braces());
        if (!parser.take('}'))
            return parser.curly();
        parser.skip_space();
    }
    auto type = read_type(parser);
    if (type.empty() || !is_alpha(type.front()))
        return parser.fail("missing lookup type");
    if (const auto& known = parser.language().lookups(); !known.all().empty())
        if (auto checked = checked_type(type, key != nullptr, known); !checked) {
            parser.hint(meant(type, known));
            return parser.fail(std::move(checked).error().text);
        }
    if (!parser.take('{'))
        return parser.fail("missing '{' for lookup file-or-query arg");
    auto what = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.curly();
    if (auto* judge = parser.judge(); judge && !parser.language().lookups().all().empty())
        judge->lookup(TRY(checked_type(type, key != nullptr, parser.language().lookups())), *what);
    auto branches = TRY(parser.branches("lookup"));
    return NodePtr(std::make_unique<Lookup>(std::move(key), std::move(type), std::move(what), std::move(branches)));
}

const RegisterItem self{{
    .name = "lookup",
    .parse = parse,
    .doc = "A value from a file, a data base or the DNS.",
}};

}
}
