#include "router/transports.h"

#include <array>
#include <charconv>
#include <set>

#include "common/base/amount.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "conf/params/rules.h"
#include "router/header_steps.h"
#include "router/identity.h"
#include "router/lasting.h"
#include "router/late_options.h"
#include "router/late_protocol.h"
#include "router/preconditions.h"
#include "router/self_host.h"
#include "router/spool_form.h"

namespace gp::router {
namespace {

// Generic options that become members of Delivery, and so do not travel as options.
constexpr std::array<std::string_view, 24> generic = {
    "driver",          "headers_add",      "headers_remove",       "return_path",   "user",
    "group",           "initgroups",       "home_directory",       "current_directory", "max_rcpt",
    "connection_max_messages", "debug_print", "hosts",             "hosts_override", "fallback_hosts",
    "allow_localhost", "headers_rewrite",  "retry_use_local_part", "gethostbyname",
    "message_size_limit", "event_action",  "quota_warn_message",   "shadow_transport", "shadow_condition",
};

// Their value names a file or a directory: no stranger's words (manual 8, tainted data).
constexpr std::array<std::string_view, 8> file_options = {
    "file", "directory", "maildir_tag", "quota_directory", "socket", "lock_file", "log", "once",
};

// Their value is a number of octets or files.
constexpr std::array<std::string_view, 5> amounts = {"quota", "quota_filecount", "quota_warn_threshold", "mailbox_size", "mailbox_filecount"};

Error bad(std::string_view transport, std::string_view option, const std::string& reason)
{
    return temporary("transport " + std::string(transport) + ": option " + std::string(option) + ": " + reason);
}

bool contains(const auto& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

// A forced failure leaves the option as if it were not set, where it may be so.
Result<std::optional<Text>> expanded(std::string_view transport, std::string_view option,
                                     const std::optional<expand::Expression>& expression, expand::Scene& scene)
{
    if (!expression)
        return std::optional<Text>{};
    auto words = expression->expand(scene);
    if (words)
        return std::optional<Text>{std::move(words).take()};
    const bool is_place = option == "file" || option == "directory"; // without it there is nowhere to write
    if (words.error().cause == Cause::forced_fail && !is_place && !contains(amounts, option))
        return std::optional<Text>{};
    if (option == "interface") // in the words that Exim has for this one
        return temporary("failed to expand \"interface\" option for " + std::string(transport) + " transport: " + words.error().text);
    const auto what = is_place ? " (file or directory name for " : contains(amounts, option) ? " in " : " (" + std::string(option) + " for ";
    return temporary("Expansion of \"" + expression->source() + "\"" + what + std::string(transport) + " transport" +
                     (contains(amounts, option) ? "" : ")") + " failed: " + words.error().text);
}

// The command is split first, and then each word is expanded; what goes to a shell is one text (manual 29.3).
Result<std::vector<expand::Expression>> command_words(const Ground& ground, std::string_view text, bool to_shell)
{
    if (to_shell)
        return std::vector{TRY(ground.language.parse(std::string(text)))};
    auto split = config::split_command(text, config::Braces::together);
    if (!split)
        return misconfigured("command: " + split.error().text);
    std::vector<expand::Expression> words;
    for (const auto& word : *split) {
        // The agent puts the addresses in its place, one word each.
        const bool addresses = word == "$pipe_addresses" || word == "${pipe_addresses}";
        words.push_back(addresses ? expand::Expression::literal("$pipe_addresses") : TRY(ground.language.parse(word)));
    }
    return words;
}

}

Result<User> user_named(const std::string& text)
{
    const auto trimmed = std::string(trim(text));
    if (auto number = parse_unsigned(trimmed)) {
        if (*number > 0xfffffffe)
            return misconfigured("uid " + trimmed + " is too large");
        auto found = TRY(find_user(static_cast<std::uint32_t>(*number)));
        if (found)
            return *found;
        return User{.uid = static_cast<std::uint32_t>(*number), .gid = config::Identity::no_group};
    }
    auto found = TRY(find_user(trimmed));
    if (!found)
        return misconfigured("user \"" + escape(trimmed) + "\" was not found");
    return *found;
}

// headers_rewrite: rules between colons, each as a line of the rewrite section (manual 31.4).
Result<rewrite::Rules> header_rules(const Ground& ground, const conf::Driver& instance)
{
    if (!instance.settings.is_set("headers_rewrite"))
        return rewrite::Rules{};
    std::vector<config::Line> lines;
    for (auto& item : config::split_list(instance.settings.text("headers_rewrite")))
        lines.push_back({.text = std::move(item), .origin = instance.settings.origin("headers_rewrite")});
    config::Problems problems;
    std::vector<rewrite::RuleText> texts;
    for (auto& rule : conf::read_rewrite(lines, problems))
        texts.push_back({rule.pattern, rule.replacement, rule.flags, rule.origin});
    if (problems.has_errors())
        return misconfigured(problems.text());
    return rewrite::Rules::read(ground.language, texts, true);
}

void Transports::read_hosts(const conf::Driver& instance, Transport& transport)
{
    const auto& settings = instance.settings;
    transport.hosts_override = settings.flag("hosts_override");
    transport.allow_localhost = settings.flag("allow_localhost");
    transport.randomizes = settings.flag("hosts_randomize");
    transport.fallback_hosts = settings.text("fallback_hosts");
    auto& search = transport.host_search;
    search.stop_at_self = false;
    search.dns = {.qualify_single = settings.flag("dns_qualify_single"), .search_parents = settings.flag("dns_search_parents")};
    if (settings.flag("gethostbyname"))
        search.options.lookup = RouteOptions::Lookup::by_name;
}

Result<Transports::Transport> Transports::read_one(const Ground& ground, const conf::Driver& instance)
{
    Transport transport{.name = instance.name, .driver = instance.driver};
    TRY(check_connection_variables(instance));
    transport.is_remote = instance.driver == "smtp";
    transport.lasts = Lasting{ground}.is_transport(instance);
    transport.dkim = TRY(DkimOptions::read(ground, instance));
    if (instance.driver == "autoreply")
        transport.reply = TRY(ReplyOptions::read(ground, instance));
    transport.quota_warning = TRY(QuotaWarning::read(ground, instance));
    const std::pair<std::string_view, std::optional<expand::Expression>*> members[] = {
        {"return_path", &transport.return_path},       {"user", &transport.user},
        {"group", &transport.group},                   {"home_directory", &transport.home_directory},
        {"current_directory", &transport.current_directory}, {"hosts", &transport.hosts},
        {"max_rcpt", &transport.max_rcpt},             {"connection_max_messages", &transport.connection_max_messages},
    };
    for (const auto& [name, member] : members)
        *member = TRY(expression_of(ground, instance, name));
    transport.headers_add = TRY(items_of(ground, instance, "headers_add", '\n'));
    transport.headers_remove = TRY(items_of(ground, instance, "headers_remove", ':'));
    transport.headers_rewrite = TRY(header_rules(ground, instance));
    transport.debug_print = TRY(expression_of(ground, instance, "debug_print"));
    if (transport.is_remote)
        read_hosts(instance, transport);
    if (instance.settings.find("create_file"))
        transport.create_file = instance.settings.text("create_file");
    transport.size_limit = TRY(expression_of(ground, instance, "message_size_limit"));
    transport.retry_use_local_part = instance.settings.flag("retry_use_local_part");
    if (!transport.is_remote)
        TRY(read_companions(ground, instance, transport));
    transport.raises_events = instance.settings.is_set("event_action");
    if (transport.raises_events) // a text that cannot be parsed is found now
        TRY(expression_of(ground, instance, "event_action"));
    transport.initgroups = instance.settings.find("initgroups") && instance.settings.flag("initgroups");
    for (const auto& setting : instance.settings.all()) {
        const auto name = setting.option->name;
        if (!setting.is_written || contains(generic, name) || name == "never_mail" || name.starts_with("dkim_"))
            continue;
        if (name == "command" || name == "transport_filter") {
            const bool to_shell = name == "command" && instance.settings.find("use_shell") && instance.settings.flag("use_shell");
            auto words = command_words(ground, instance.settings.expandable(name).text, to_shell);
            if (!words)
                return misconfigured(instance.settings.origin(name).text() + ": " + words.error().text);
            (name == "command" ? transport.command : transport.message_filter) = std::move(words).take();
            continue;
        }
        if (name == "serialize_hosts") {
            transport.serialized =
                TRY(expand::ListText::parse(ground.language, match::Kind::host, instance.settings.expandable(name).text));
            continue;
        }
        OptionText option{.name = std::string(name), .names_file = contains(file_options, name)};
        const auto text = instance.settings.expandable(name);
        option.literal = text.text;
        if (transport.is_remote && is_late(name, text.text))
            option.literal = late_mark; // asked for when the connection stands
        else if (setting.option->use == config::Use::expanded && !text.is_constant())
            option.expression = TRY(expression_of(ground, instance, name));
        transport.options.push_back(std::move(option));
    }
    return transport;
}

Result<Transports> Transports::read(const Ground& ground)
{
    Transports all;
    all.ground_ = &ground;
    for (const auto& instance : ground.configuration.transports)
        all.transports_.emplace(instance.name, TRY(read_one(ground, instance)));
    return all;
}

// transport's user and group win over the router's, those over check_local_user's (manual 23.1).
Status Transports::fill_owner(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                              expand::Scene& scene, Delivery& delivery) const
{
    std::optional<User> owner = candidate.user ? candidate.user : user;
    if (const auto text = TRY(expanded_identity(transport.name, "user", transport.user, scene))) {
        auto named = user_named(*text);
        if (!named)
            return unknown_identity(transport.name, "user", *transport.user, *text);
        owner = std::move(named).take();
    }
    if (owner) {
        delivery.uid = owner->uid;
        delivery.gid = owner->gid;
        delivery.user = owner->login;
    }
    if (candidate.gid && !transport.user)
        delivery.gid = *candidate.gid;
    if (const auto text = TRY(expanded_identity(transport.name, "group", transport.group, scene))) {
        const auto gid = group_named(*text);
        if (!gid)
            return unknown_identity(transport.name, "group", *transport.group, *text);
        delivery.gid = *gid;
    }
    if (transport.initgroups || candidate.initgroups)
        delivery.groups = groups_of_user(delivery.user, delivery.gid);
    return {};
}

namespace {

// What several routers add word for word is there once.
std::string without_repetition(const std::string& block)
{
    std::string out;
    std::set<std::string, std::less<>> seen;
    for (std::size_t at = 0; at < block.size();) {
        auto end = block.find('\n', at);
        while (end != std::string::npos && end + 1 < block.size() && (block[end + 1] == ' ' || block[end + 1] == '\t'))
            end = block.find('\n', end + 1);
        const auto line = block.substr(at, end == std::string::npos ? end : end + 1 - at);
        if (seen.insert(line).second)
            out += line;
        at += line.size();
    }
    return out;
}

}

Status Transports::fill_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                                Delivery& delivery) const
{
    delivery.headers_add = without_repetition(candidate.headers_add);
    delivery.headers_remove = candidate.headers_remove;
    for (const auto& item : transport.headers_add)
        if (auto text = TRY(expanded(transport.name, "headers_add", std::optional{item}, scene)); text && !trim(text->text).empty())
            delivery.headers_add += text->text + (text->text.ends_with('\n') ? "" : "\n");
    for (const auto& item : transport.headers_remove)
        if (auto text = TRY(expanded(transport.name, "headers_remove", std::optional{item}, scene)); text && !trim(text->text).empty())
            delivery.headers_remove.emplace_back(trim(text->text));
    if (auto text = TRY(expanded(transport.name, "return_path", transport.return_path, scene)))
        delivery.return_path = text->text.empty() ? "<>" : text->text;
    return {};
}

// Names that a look-up completed, then headers_rewrite: each header that changes, before and after.
void Transports::change_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                                Delivery& delivery)
{
    if ((transport.headers_rewrite.empty() && candidate.new_domains.empty()) || !scene.message || !scene.message->headers)
        return;
    for (const auto& line : scene.message->headers->lines()) {
        const mail::Header header{std::string(line.whole)};
        auto now = header;
        for (const auto& [old, other] : candidate.new_domains)
            if (auto changed = rewrite::with_domain(now, old, other))
                now = mail::Header(std::move(*changed));
        if (auto changed = transport.headers_rewrite.header(scene, now))
            now = mail::Header(std::move(*changed));
        if (!(now == header))
            delivery.header_changes.push_back({wire_form(header), wire_form(now)});
    }
}

bool Transports::lasts(const std::string& name) const
{
    const auto found = transports_.find(name);
    return found != transports_.end() && found->second.lasts;
}

bool Transports::is_remote(std::string_view name) const
{
    const auto found = transports_.find(name);
    return found != transports_.end() && found->second.is_remote;
}

bool Transports::has_quota(std::string_view name) const
{
    const auto found = transports_.find(name);
    return found != transports_.end() && found->second.driver == "appendfile";
}

// The router's hosts, or the transport's own (manual 30.4, hosts, hosts_override, fallback_hosts).
Status Transports::fill_hosts(const Transport& transport, expand::Scene& scene, Delivery& delivery) const
{
    const HostFinder finder{*ground_, scene};
    const auto refuse_self = [&](const std::vector<Host>& hosts) -> Status {
        for (const auto& host : hosts)
            if (!transport.allow_localhost && is_this_machine(*ground_, host))
                return temporary(transport.name + " transport found host " + host.name + " to be local");
        return {};
    };
    if (transport.hosts && (delivery.hosts.empty() || transport.hosts_override)) {
        const auto list = TRY(expanded(transport.name, "hosts", transport.hosts, scene));
        if (!list || trim(list->text).empty())
            return temporary(transport.name + " transport called with no hosts set");
        delivery.hosts = TRY(finder.all(list->text, transport.host_search, transport.randomizes));
        TRY(refuse_self(delivery.hosts));
    }
    if (delivery.hosts.empty())
        return temporary(transport.name + " transport called with no hosts set");
    if (delivery.fallback_hosts.empty() && !transport.fallback_hosts.empty())
        delivery.fallback_hosts = TRY(finder.all(transport.fallback_hosts, transport.host_search, transport.randomizes));
    return refuse_self(delivery.fallback_hosts);
}

// serialize_hosts becomes the addresses that it holds: qmgr, who sees to it, knows no lists.
Status Transports::fill_serialized(const Transport& transport, expand::Scene& scene, Delivery& delivery) const
{
    std::string found;
    for (const auto* hosts : {&delivery.hosts, &delivery.fallback_hosts})
        for (const auto& host : *hosts)
            for (const auto& address : host.addresses) {
                match::Host one{address};
                one.set_name(host.name);
                if (TRY(transport.serialized.host(scene, one)))
                    found += (found.empty() ? "" : " ") + address;
            }
    if (!found.empty())
        delivery.options.push_back({"serialize_hosts", std::move(found)});
    return {};
}

Status Transports::fill_numbers(const Transport& transport, expand::Scene& scene, Delivery& delivery) const
{
    const std::tuple<std::string_view, const std::optional<expand::Expression>*, std::uint32_t*> numbers[] = {
        {"max_rcpt", &transport.max_rcpt, &delivery.max_rcpt},
        {"connection_max_messages", &transport.connection_max_messages, &delivery.connection_max_messages},
    };
    for (const auto& [name, expression, member] : numbers) {
        const auto text = TRY(expanded(transport.name, name, *expression, scene));
        if (!text)
            continue;
        const auto number = parse_size(trim(text->text));
        if (!number || *number < 0 || *number > 0xffffffff)
            return bad(transport.name, name, "\"" + escape(text->text) + "\" is no number that it may have");
        *member = static_cast<std::uint32_t>(*number);
    }
    return {};
}

// message_size_limit: what is larger fails here (manual 24).
Status Transports::check_size(const Transport& transport, expand::Scene& scene)
{
    const auto text = TRY(expanded(transport.name, "message_size_limit", transport.size_limit, scene));
    if (!text || trim(text->text).empty())
        return {};
    const auto limit = parse_size(trim(text->text));
    if (!limit || *limit < 0)
        return temporary("invalid message_size_limit in " + transport.name + " transport: invalid integer \"" + escape(text->text) + "\"");
    if (*limit > 0 && scene.message && scene.message->size > *limit)
        return permanent("message is too big (transport limit = " + std::to_string(*limit) + ")");
    return {};
}

Status Transports::fill_command(const Transport& transport, std::string_view option,
                                const std::vector<expand::Expression>& words, expand::Scene& scene, Delivery& delivery)
{
    for (const auto& word : words) {
        if (transport.is_remote && says_of_host(word.source())) {
            delivery.options.push_back({std::string(option), std::string(late_mark)});
            continue;
        }
        auto text = word.expand(scene);
        if (!text)
            return temporary("Expansion of \"" + word.source() + "\" from " + std::string(option) + " in " + transport.name +
                             " transport failed: " + text.error().text);
        if (&word == &words.front() && text->tainted())
            return bad(transport.name, option, "Tainted '" + escape(text->text) + "' (" + std::string(option) + " for " +
                                                   transport.name + " transport) not permitted: it comes from " +
                                                   std::string(text->taint));
        if (text->tainted() && option == "command")
            return permanent("Tainted arg " + std::to_string(&word - &words.front()) + " for " + transport.name +
                             " transport command: '" + escape(text->text) + "'");
        if (&word == &words.front() && text->text.empty() && option != "command")
            return {}; // no filter this time
        delivery.options.push_back({std::string(option), std::move(text->text)});
    }
    return {};
}

namespace {

// What only the agent knows gets a mark in its place; the name of the variable that has it.
std::string_view set_mark(std::string_view option, expand::Scene& scene)
{
    if (option == "directory_file") {
        scene.facts.set("inode", Text::clean(std::string(inode_mark)));
        return "inode";
    }
    if (option.starts_with("mailstore_")) {
        scene.facts.set("mailstore_basename", Text::clean(std::string(basename_mark)));
        return "mailstore_basename";
    }
    if (option == "maildir_tag") {
        scene.facts.set("message_size", Text::clean(std::string(size_mark)));
        return "message_size";
    }
    return {};
}

// create_file names the place below which a stranger's words may name a file (manual 26.1, create_file).
bool is_vouched_for(std::string_view create_file, std::string_view path, std::string_view home)
{
    if (create_file != "belowhome" && !create_file.starts_with('/'))
        return false;
    auto place = create_file.starts_with('/') ? create_file : home;
    while (place.size() > 1 && place.ends_with('/'))
        place.remove_suffix(1);
    return !place.empty() && path.starts_with(place) && path.substr(place.size()).starts_with('/') &&
           path.find("/../") == std::string_view::npos && !path.ends_with("/..");
}

}

namespace {

// What an ACL said of the message counts where the transport says nothing (manual 60.1).
void fill_downconvert(const expand::Scene& scene, Delivery& delivery)
{
    constexpr std::string_view name = "utf8_downconvert";
    const auto own = std::ranges::find(delivery.options, name, &Option::name);
    if (!scene.acl_variables || (own != delivery.options.end() && !trim(own->value).empty()))
        return;
    const auto& variables = *scene.acl_variables;
    const auto said = std::ranges::find(variables, name, &mail::Variable::name);
    if (said != variables.end())
        delivery.options.push_back({std::string(name), said->value});
}

}

// Here the text is still known that the number was made of.
Status Transports::check_amount(const Transport& transport, const OptionText& option, std::string_view text)
{
    const auto number = trim(text.substr(0, text.find('/')));
    if (!contains(amounts, option.name) || number.empty() || parse_share(number, 0))
        return {};
    return temporary("Malformed value \"" + escape(text) + "\" (expansion of \"" + option.expression->source() + "\") in " +
                     transport.name + " transport");
}

namespace {

// The log says it in Exim's words; where the text comes from, and what to write instead, stands in the panic log.
Error tainted_name(std::string_view transport, std::string_view option, const Text& name)
{
    const auto text = "Tainted '" + escape(name.text) + "' (file or directory name for " + std::string(transport) +
                      " transport) not permitted";
    log::panic_alone(text + ": option " + std::string(option) + " has it from " + std::string(name.taint) +
                     "; use what a look-up or check_local_user vouched for, such as $local_part_data");
    return temporary(text);
}

}

Status Transports::fill_options(const Transport& transport, expand::Scene& scene, Delivery& delivery) const
{
    for (const auto& option : transport.options) {
        if (!option.expression) {
            delivery.options.push_back({option.name, option.literal});
            continue;
        }
        const auto marked = set_mark(option.name, scene);
        auto text = TRY(expanded(transport.name, option.name, option.expression, scene));
        if (!marked.empty())
            scene.facts.erase(marked);
        if (!text)
            continue;
        TRY(check_amount(transport, option, text->text));
        const std::string_view home = scene.facts.find("home") ? std::string_view{} : delivery.home; // what a stranger names vouches for nothing
        if (option.names_file && text->tainted() && !is_vouched_for(transport.create_file, text->text, home))
            return tainted_name(transport.name, option.name, *text);
        delivery.options.push_back({option.name, std::move(text->text)});
    }
    if (transport.is_remote)
        fill_downconvert(scene, delivery);
    return {};
}

Status Transports::name(const std::string& transport, Delivery& delivery) const
{
    const auto found = transports_.find(transport);
    if (found == transports_.end())
        return misconfigured("transport \"" + escape(transport) + "\" not found in " + delivery.router + " router");
    delivery.transport = found->second.name;
    delivery.driver = found->second.driver;
    delivery.raises_events = found->second.raises_events;
    return {};
}

Status Transports::fill(const std::string& name, const Candidate& candidate, const std::optional<User>& user,
                        expand::Scene& scene, expand::Address& address, Delivery& delivery) const
{
    TRY(this->name(name, delivery));
    const auto& transport = transports_.find(name)->second;
    if (transport.formats.empty() && transport.shadow.empty())
        return fill_one(transport, candidate, user, scene, address, delivery);
    const auto before = delivery;
    TRY(fill_one(transport, candidate, user, scene, address, delivery));
    fill_companions(transport, candidate, user, scene, address, before, delivery);
    address.transport_name = transport.name;
    return {};
}

Status Transports::fill_one(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                            expand::Scene& scene, expand::Address& address, Delivery& delivery) const
{
    address.transport_name = transport.name;
    show_home(delivery.home, candidate.home_taint, scene, address);
    if (transport.debug_print)
        if (const auto words = transport.debug_print->expand(scene))
            log::debug("transport", words->text);
    if (transport.is_remote)
        TRY(fill_hosts(transport, scene, delivery));
    else
        TRY(fill_owner(transport, candidate, user, scene, delivery));
    if (!delivery.hosts.empty()) { // a local transport sees the router's host list so (manual 20.7)
        address.host = delivery.hosts[0].name;
        if (!delivery.hosts[0].addresses.empty())
            address.host_address = delivery.hosts[0].addresses[0];
    }
    delivery.retry_key = "R:" + (transport.retry_use_local_part || delivery.domain.empty() ? delivery.address : delivery.domain);
    if (auto text = TRY(expanded(transport.name, "home_directory", transport.home_directory, scene)))
        delivery.home = text->text, show_home(delivery.home, text->taint, scene, address);
    if (auto text = TRY(expanded(transport.name, "current_directory", transport.current_directory, scene)))
        delivery.current_directory = text->text;
    TRY(check_size(transport, scene));
    TRY(fill_headers(transport, candidate, scene, delivery));
    change_headers(transport, candidate, scene, delivery);
    TRY(fill_numbers(transport, scene, delivery));
    if (!transport.serialized.empty())
        TRY(fill_serialized(transport, scene, delivery));
    TRY(fill_command(transport, "command", transport.command, scene, delivery));
    TRY(fill_command(transport, "transport_filter", transport.message_filter, scene, delivery));
    if (transport.dkim)
        TRY(transport.dkim->fill(scene, delivery.options));
    TRY(fill_options(transport, scene, delivery));
    if (transport.driver == "queuefile")
        add_spool_form(scene, delivery.options);
    if (transport.quota_warning)
        delivery.options.push_back({"quota_warn_message", transport.quota_warning->text(scene)});
    return transport.reply ? transport.reply->fill(candidate, scene, delivery) : Status{};
}

}
