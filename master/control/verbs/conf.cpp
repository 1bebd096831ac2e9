// gatepost conf: shows and edits the configuration, with the habits of Postfix's postconf.
//
//     gatepost conf [-d|-n] [-h] [-x] [-j] [NAME …]     settings: all, defaults, those of the file; values alone
//     gatepost conf -e NAME=VALUE …                     edits; -X NAME … takes settings out. VALUE is what the file is
//                                                       to have: macros in it count, and so do quotes around it
//     gatepost conf -M [-j] [SERVICE …]                 the service table
//
// NAME is a main option, "+list", or routers/NAME/OPTION (transports/…, authenticators/…); without OPTION, all
// options of the driver. A new list is "domainlist NAME". An edit that the configuration does not survive is refused and changes nothing.
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "common/base/text.h"
#include "common/config/listing.h"
#include "common/expand/expand.h"
#include "common/expand/remarks.h"
#include "master/control/check_run.h"
#include "master/control/config_edit.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

struct Asked {
    bool defaults = false, written_only = false, values_only = false, expanded = false, json = false;
    bool edits = false, removes = false, services = false;
    std::vector<std::string> names;
};

Result<Asked> read_flags(const Invocation& call)
{
    Asked out;
    out.json = call.json;
    for (const auto& word : call.arguments) {
        if (!word.starts_with('-') || word.size() < 2) {
            out.names.push_back(word);
            continue;
        }
        for (const char flag : word.substr(1)) {
            switch (flag) {
            case 'd': out.defaults = true; break;
            case 'n': out.written_only = true; break;
            case 'h': out.values_only = true; break;
            case 'x': out.expanded = true; break;
            case 'j': out.json = true; break;
            case 'e': out.edits = true; break;
            case 'X': out.removes = true; break;
            case 'M': out.services = true; break;
            default: return permanent("conf: unknown flag -" + std::string(1, flag));
            }
        }
    }
    if (out.defaults && out.written_only)
        return permanent("conf: -d and -n exclude each other");
    if (out.edits + out.removes + out.services > 1)
        return permanent("conf: -e, -X and -M exclude each other");
    return out;
}

// `pending`: a file that is to be taken as edited.
conf::Loaded load(const Invocation& call, const EditedFile& pending = {})
{
    conf::LoadOptions options;
    options.definitions = call.definitions;
    options.unsupported = config::Unsupported::accept; // check tells what does not work
    options.constant_value = [](std::string_view text) { return expand::constant_value(text); };
    config::Source source{.name = call.config};
    source.read = [&](const std::string& path, std::size_t most) {
        return path == pending.path ? Result<std::string>(pending.content) : config::read_file(path, most);
    };
    return conf::load(source, options);
}

// What a value becomes where no message is at hand; as written when it depends on one.
class Expander {
public:
    explicit Expander(const conf::Configuration& configuration)
        : language_(expand::Language::linked()), lookups_({}, {}), lists_({}, {}, lookups_, nullptr),
          world_{language_, site_, lookups_, lists_, {}, {}}
    {
        const auto& main = configuration.main;
        site_.primary_hostname = main.identity.primary_hostname;
        site_.qualify_domain = main.identity.qualify_domain;
        site_.qualify_recipient = main.identity.qualify_recipient;
        site_.spool_directory = main.process.spool_directory;
        site_.config_file = configuration.file;
    }

    std::string expanded(const std::string& text)
    {
        if (text.find('$') == std::string::npos)
            return text;
        const auto parsed = language_.parse(text);
        if (!parsed)
            return text;
        expand::Scene scene(world_);
        const auto value = parsed->expand(scene);
        // Words that nobody can fill in here would silently become nothing.
        return value && !depends_on_more(text) ? value->text : text;
    }

private:
    static bool depends_on_more(std::string_view text)
    {
        static constexpr std::string_view known[] = {"primary_hostname", "qualify_domain", "qualify_recipient",
                                                     "spool_directory", "config_file", "config_dir", "exim_version",
                                                     "version_number"};
        for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
            auto rest = text.substr(at + 1);
            if (rest.starts_with('{'))
                rest.remove_prefix(1);
            std::size_t end = 0;
            while (end < rest.size() && (is_alnum(rest[end]) || rest[end] == '_'))
                ++end;
            const auto word = rest.substr(0, end);
            if (end < rest.size() && rest[end] == ':' && text[at + 1] == '{')
                continue; // an operator: what is in it has a dollar of its own
            if (std::ranges::find(known, word) == std::end(known))
                return true;
        }
        return false;
    }

    expand::Language language_;
    expand::Site site_;
    lookup::Lookups lookups_;
    match::Lists lists_;
    expand::World world_;
};

Error unknown_option(const std::string& words, std::string_view option, const config::Table& table)
{
    std::vector<std::string_view> names;
    for (const auto& known : table.options())
        names.push_back(known.name);
    const auto near = nearest(option, names);
    return permanent("\"" + words + "\" is not an option" +
                     (near.empty() ? std::string() : " (did you mean \"" + std::string(near) + "\"?)"));
}

// One line of the listing.
struct Row {
    std::string name, value, where;
};

class Listing {
public:
    Listing(const Asked& asked, const conf::Configuration& configuration)
        : asked_(asked), configuration_(configuration), expander_(configuration)
    {
    }

    Status add(const std::string& words)
    {
        if (words.starts_with('+'))
            return add_list(words.substr(1));
        if (std::ranges::count(words, '/') == 1)
            return add_driver(words);
        const auto name = TRY(SettingName::parse(words));
        const auto* settings = settings_of(configuration_, name);
        if (!settings)
            return permanent("there is no " + words.substr(0, words.rfind('/')));
        const auto* setting = settings->find(name.option);
        if (!setting)
            return unknown_option(words, name.option, settings->table());
        add_setting(words, *setting, *settings);
        return {};
    }

    void add_main()
    {
        const auto& settings = configuration_.main.all;
        for (const auto& setting : settings.all())
            if (!setting.option->is_alias && (!asked_.written_only || setting.is_written))
                add_setting(std::string(setting.option->name), setting, settings);
    }

    void show() const
    {
        if (asked_.json)
            return show_json();
        std::string out;
        for (const auto& row : rows_)
            out += (asked_.values_only ? "" : row.name + " = ") + row.value + "\n";
        print(out);
    }

private:
    Status add_list(const std::string& name)
    {
        bool found = false;
        for (const auto& list : configuration_.lists)
            if (list.name == name) {
                found = true;
                rows_.push_back({std::string(config::keyword(list.kind)) + " " + name,
                                 list.is_hidden ? "<value not displayable>" : list.value, list.origin.text()});
            }
        return found ? Status() : permanent("there is no named list \"" + name + "\"");
    }

    Status add_driver(const std::string& words)
    {
        const auto name = TRY(SettingName::parse(words + "/driver"));
        const auto* settings = settings_of(configuration_, name);
        if (!settings)
            return permanent("there is no " + words);
        for (const auto& setting : settings->all())
            if (!setting.option->is_alias && (!asked_.written_only || setting.is_written))
                add_setting(words + "/" + std::string(setting.option->name), setting, *settings);
        return {};
    }

    void add_setting(const std::string& name, const config::Setting& setting, const config::Settings& settings)
    {
        const auto& table = settings.table();
        const auto& value = asked_.defaults ? table.initial(table.index(*setting.option)) : setting.value;
        auto text = config::plain_value(*setting.option, value);
        if (setting.is_hidden && !asked_.defaults && ::geteuid() != 0)
            text = "<value not displayable>";
        else if (asked_.expanded)
            text = expander_.expanded(text);
        std::string where = asked_.defaults || !setting.is_written ? "" : setting.origin.text();
        rows_.push_back({name, escape(text), std::move(where)});
    }

    void show_json() const
    {
        std::string out = "[";
        for (const auto& row : rows_) {
            std::vector<std::pair<std::string, std::string>> members = {{"name", json_quoted(row.name)},
                                                                        {"value", json_quoted(row.value)}};
            if (!row.where.empty())
                members.emplace_back("where", json_quoted(row.where));
            out += (out.size() > 1 ? ",\n " : "\n ") + json_object(members);
        }
        print(out + "\n]\n");
    }

    const Asked& asked_;
    const conf::Configuration& configuration_;
    Expander expander_;
    std::vector<Row> rows_;
};

int show_settings(const Invocation& call, const Asked& asked)
{
    const auto loaded = load(call);
    if (!loaded)
        return fail(EX_CONFIG, "the configuration cannot be read:\n" + loaded.problems.text());
    Listing listing(asked, *loaded.configuration);
    if (asked.names.empty())
        listing.add_main();
    int status = EX_OK;
    for (const auto& name : asked.names)
        if (const auto added = listing.add(name); !added)
            status = fail(EX_USAGE, "conf: " + added.error().text);
    listing.show();
    return status;
}

// Checks the edited text as a start would, in the place of the file.
int check_edit(const Invocation& call, const EditedFile& edited)
{
    std::string made = edited.path + ".check.XXXXXX";
    const int file = ::mkstemp(made.data());
    if (file < 0) {
        made = "/tmp/gatepost-conf-XXXXXX";
        if (const int elsewhere = ::mkstemp(made.data()); elsewhere >= 0)
            ::close(elsewhere);
        else
            return fail(EX_CANTCREAT, "conf: cannot make a file for the check");
    } else {
        ::close(file);
    }
    std::ofstream(made, std::ios::binary) << edited.content;
    const int status = check_config(call, {edited.path, made});
    ::unlink(made.c_str());
    return status;
}

// That there is a setting or a list of the name, or may be one.
Status check_name(const conf::Configuration& configuration, const SettingName& name)
{
    if (name.is_list) {
        for (const auto& list : configuration.lists)
            if (name.list || list.name == name.option)
                return {};
        return name.list ? Status() : permanent("there is no named list \"" + name.option + "\"; a new one is named with its kind: \"domainlist " +
                                                name.option + "\"");
    }
    const auto* settings = settings_of(configuration, name);
    if (!settings)
        return permanent("there is no " + shown_name(name).substr(0, shown_name(name).rfind('/')) +
                         "; a new driver is written into the file by hand, since the order of drivers matters");
    return settings->find(name.option) ? Status() : unknown_option(shown_name(name), name.option, settings->table());
}

// One edit on top of those that were made before; nothing is written.
int edit(const Invocation& call, const SettingName& name, const std::optional<std::string>& value, EditedFile& pending)
{
    const auto loaded = load(call, pending);
    if (!loaded)
        return fail(EX_CONFIG, "the configuration cannot be read:\n" + loaded.problems.text());
    if (const auto known = check_name(*loaded.configuration, name); !known)
        return fail(EX_USAGE, "conf: " + known.error().text);
    auto edited = edit_setting(*loaded.configuration, name, value, pending);
    if (!edited && edited.error().cause == Cause::not_found)
        return EX_OK; // it is not set: there is nothing to take out
    if (!edited)
        return fail(EX_DATAERR, "conf: " + edited.error().text);
    if (!pending.path.empty() && pending.path != edited->path)
        return fail(EX_USAGE, "conf: " + shown_name(name) + " is set in " + edited->path + ", and another edit is for " +
                                  pending.path + "; nothing was changed: edit one file at a time");
    const auto after = load(call, *edited);
    if (!after)
        return fail(EX_CONFIG, "conf: the configuration would be bad; nothing was changed\n" + after.problems.text());
    if (const auto alone = check_nothing_else_changed(*loaded.configuration, *after.configuration, name, value.has_value()); !alone)
        return fail(EX_DATAERR, "conf: " + alone.error().text + "; nothing was changed");
    pending = std::move(*edited);
    return EX_OK;
}

int edit_all(const Invocation& call, const Asked& asked)
{
    if (asked.names.empty())
        return fail(EX_USAGE, asked.edits ? "conf -e NAME=VALUE …" : "conf -X NAME …");
    struct Edit {
        SettingName name;
        std::optional<std::string> value;
    };
    std::vector<Edit> edits;
    for (const auto& words : asked.names) {
        const auto equals = words.find('=');
        if (asked.edits && equals == std::string::npos)
            return fail(EX_USAGE, "conf: \"" + words + "\": NAME=VALUE is wanted");
        auto name = SettingName::parse(trim(std::string_view(words).substr(0, equals)));
        if (!name)
            return fail(EX_USAGE, "conf: " + name.error().text);
        std::optional<std::string> value;
        if (asked.edits)
            value = trim(std::string_view(words).substr(equals + 1));
        if (value && value->find('\n') != std::string::npos)
            return fail(EX_USAGE, "conf: a value is one line; within quotes \\n stands for a newline");
        if (value && value->ends_with('\\'))
            return fail(EX_USAGE, "conf: a value cannot end with a backslash, which would take the next line in; within quotes \\\\ is one");
        edits.push_back({std::move(*name), std::move(value)});
    }
    const auto loaded = load(call, {});
    if (!loaded)
        return fail(EX_CONFIG, "the configuration cannot be read:\n" + loaded.problems.text());
    const auto lock = lock_edits(loaded.configuration->file);
    if (!lock)
        return fail(EX_TEMPFAIL, "conf: " + lock.error().text);
    EditedFile pending;
    for (const auto& one : edits)
        if (const int status = edit(call, one.name, one.value, pending); status != EX_OK)
            return status;
    if (pending.path.empty())
        return EX_OK;
    if (check_edit(call, pending) != EX_OK)
        return fail(EX_CONFIG, "conf: the configuration would be bad; nothing was changed");
    if (const auto put = replace_file(pending); !put)
        return fail(EX_CANTCREAT, "conf: " + put.error().text);
    return EX_OK;
}

int show_services(const Invocation& call, const Asked& asked)
{
    const auto image = image_for(call);
    if (!image)
        return fail(EX_CONFIG, image.error().text);
    Table table{{{"SERVICE", "service"}, {"PROGRAM", "program"}, {"PROCESSES", "processes"}, {"SESSIONS", "sessions"},
                 {"MEMORY", "memory_mib"}, {"FILES", "files"}}};
    for (const auto& row : image->services()) {
        const std::string name(service::text_of(row.name));
        if (!asked.names.empty() && std::ranges::find(asked.names, name) == asked.names.end())
            continue;
        table.add({name, std::string(service::text_of(row.program)), std::int64_t{row.processes},
                   std::int64_t{row.max_sessions}, std::int64_t{row.max_memory_mib}, std::int64_t{row.max_files}});
    }
    print(asked.json ? table.json() + "\n" : table.text());
    return EX_OK;
}

int conf_verb(const Invocation& call)
{
    const auto asked = read_flags(call);
    if (!asked)
        return fail(EX_USAGE, asked.error().text);
    if (asked->services)
        return show_services(call, *asked);
    if (asked->edits || asked->removes)
        return edit_all(call, *asked);
    return show_settings(call, *asked);
}

const RegisterVerb self{{
    .name = "conf",
    .usage = "conf [-d|-n] [-h] [-x] [-j] [NAME …] | conf -e NAME=VALUE … | conf -X NAME … | conf -M [-j] [SERVICE …]",
    .text = "Shows and edits settings: -n those of the file, -d the defaults, -h values alone, -x expanded, -j as JSON; "
            "-e sets, -X takes out, -M shows the service table. NAME may be +list, routers/NAME/OPTION, or, with -e, \"domainlist NAME\" for a new list. VALUE is written as it is.",
    .run = conf_verb,
}};

}
}
