#include <algorithm>

#include "conf/params/configuration.h"
#include "conf/params/detail/build.h"

namespace gp::conf {
namespace {

using config::Document;
using config::Problems;

template <class T>
const T* named(const std::vector<T>& things, std::string_view name)
{
    const auto at = std::ranges::find(things, name, &T::name);
    return at != things.end() ? &*at : nullptr;
}

// From the parts of the file to the configuration; the same for text and for the flattened form.
Loaded build(Document document, Facts& facts, const LoadOptions& options, Problems problems,
             std::shared_ptr<Configuration> made)
{
    if (document.local_scan_begins)
        problems.error(*document.local_scan_begins, "begin local_scan", "there is no local_scan() function here",
                       "ACLs can do what it was used for");
    build_main(made->main, document.main, facts, options, problems);
    made->lists = std::move(document.lists);
    made->acls = std::move(document.acls);
    const config::ReadOptions reading{.unsupported = options.unsupported, .names = &facts.names()};
    made->routers = build_drivers(DriverClass::router, document.routers, reading, problems);
    made->transports = build_drivers(DriverClass::transport, document.transports, reading, problems);
    made->authenticators = build_drivers(DriverClass::authenticator, document.authenticators, reading, problems);
    made->retry = read_retry(document.retry, problems);
    made->rewrite = read_rewrite(document.rewrite, problems);
    check_consistency(*made, options.unsupported, problems);
    made->flat.facts = facts.noted();
    made->flat.lines = std::move(document.lines);

    Loaded loaded;
    loaded.problems = std::move(problems);
    loaded.partial = made;
    if (!loaded.problems.has_errors())
        loaded.configuration = loaded.partial;
    return loaded;
}

}

const config::NamedList* Configuration::list(config::ListKind kind, std::string_view name) const
{
    for (const auto& known : lists)
        if (known.kind == kind && known.name == name)
            return &known;
    return nullptr;
}

const config::Acl* Configuration::acl(std::string_view name) const
{
    return named(acls, name);
}

const Driver* Configuration::router(std::string_view name) const
{
    return named(routers, name);
}

const Driver* Configuration::transport(std::string_view name) const
{
    return named(transports, name);
}

const Driver* Configuration::authenticator(std::string_view name) const
{
    return named(authenticators, name);
}

Loaded load(const config::Source& source, const LoadOptions& options)
{
    Problems problems;
    config::Macros macros;
    add_built_in_macros(macros);
    for (const auto& definition : options.definitions)
        if (const auto defined = macros.define_on_command_line(definition); !defined)
            problems.error({}, "-D" + definition, defined.error().text);

    config::Lexer lexer(source, macros, problems, options.limits);
    auto made = std::make_shared<Configuration>();
    const auto next = [&] {
        auto line = lexer.next();
        if (line)
            made->text.push_back(*line);
        return line;
    };
    Document document = config::read_document(next, macros, problems);
    made->included_from = lexer.included_from();
    made->file = source.name;
    made->files = lexer.files();
    made->macros = macros.all();
    made->macros.insert(made->macros.end(), macros.built_in().begin(), macros.built_in().end());
    Facts facts(options.host_name, options.names);
    facts.value("file", source.name);
    return build(std::move(document), facts, options, std::move(problems), std::move(made));
}

Loaded load_flat(std::string_view octets, const LoadOptions& options)
{
    Loaded failed;
    auto flat = config::unpack(octets);
    if (!flat) {
        failed.problems.error({}, {}, flat.error().text);
        return failed;
    }
    Facts facts(std::move(flat->facts));
    Problems problems;
    config::Macros macros; // every substitution has been made
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<config::Line> {
        if (at == flat->lines.size())
            return std::nullopt;
        return std::move(flat->lines[at++]);
    };
    Document document = config::read_document(next, macros, problems);
    auto made = std::make_shared<Configuration>();
    made->file = facts.value("file", {});
    return build(std::move(document), facts, options, std::move(problems), std::move(made));
}

}
