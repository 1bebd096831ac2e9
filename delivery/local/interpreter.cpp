#include "delivery/local/interpreter.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/expand/expand.h"
#include "common/filter/alias_list.h"
#include "common/filter/filter.h"
#include "common/sieve/script.h"
#include "delivery/local/permits.h"
#include "delivery/local/seen.h"
#include "delivery/local/user_file.h"

namespace gp::local {
namespace {

using launcher::FilePermit;
using launcher::FileQuestion;
using launcher::InterpretQuestion;
using launcher::InterpretReply;
using Asked = InterpretQuestion::Language;

// A filter asks no name server: its walls have no door to one.
class NoResolver final : public dns::Resolver {
public:
    Result<dns::Answer> lookup(std::string_view name, dns::Type, event::Deadline) override
    {
        return temporary("a user's file cannot ask for " + std::string(name) + " in the DNS");
    }
};

class OwnJournal final : public filter::Journal {
public:
    Status write(const std::string& file, std::uint32_t mode, std::string_view text) override
    {
        const auto reply = look_at({.kind = FileQuestion::Kind::append, .path = file, .text = std::string(text), .mode = mode});
        if (reply.error) {
            auto error = expand::file_error(static_cast<int>(reply.error));
            if (error.cause == Cause::refused)
                error.text += " (euid=" + std::to_string(::geteuid()) + " egid=" + std::to_string(::getegid()) + ")";
            return error;
        }
        return reply.is_irregular ? temporary(file + " is not a regular file") : Status{};
    }
};

InterpretReply failure(const Error& error)
{
    InterpretReply reply;
    reply.is_good = false;
    reply.is_permanent = error.blame == Blame::permanent;
    reply.error = error.text;
    return reply;
}

// "Permission denied (euid=1000 egid=1000)", as Exim's errors end.
Error error_of(const launcher::FileReply& file, const InterpretQuestion& question)
{
    auto error = expand::file_error(static_cast<int>(file.error));
    if (error.cause == Cause::refused)
        error.text += " (euid=" + std::to_string(question.uid) + " egid=" + std::to_string(question.gid) + ")";
    return error;
}

// The same as router asks for (router/drivers/redirect.cpp), in case that it does not.
Status check_owner(const launcher::FileReply& file, const FilePermit& permit, const InterpretQuestion& question)
{
    if (file.mode & permit.modemask & 07777)
        return temporary("bad mode for " + question.path);
    if (permit.checks_owner && file.uid != question.uid &&
        !std::ranges::count(permit.owners, static_cast<std::uint32_t>(file.uid)))
        return temporary("bad owner for " + question.path);
    return {};
}

// Several routers may read it, each with rules of its own; the one that asked has looked itself.
Status check_owner(const launcher::FileReply& file, const std::vector<const FilePermit*>& permits, const InterpretQuestion& question)
{
    Status last;
    for (const auto* permit : permits) {
        last = check_owner(file, *permit, question);
        if (last)
            break;
    }
    return last;
}

Result<std::string> content_of(const launcher::Parameters& parameters, const InterpretQuestion& question, const std::string& home)
{
    const auto permits = permits_to_obey(parameters, question.uid, question.path, home);
    if (permits.empty())
        return temporary("the configuration names no such file: " + escape(question.path));
    auto file = look_at({.kind = FileQuestion::Kind::read, .path = question.path, .largest = question.largest});
    if (file.error)
        return error_of(file, question);
    if (file.is_irregular || file.is_too_big)
        return temporary(question.path + (file.is_too_big ? " is too big" : " is not a regular file"));
    TRY(check_owner(file, permits, question));
    return std::move(file.content);
}

// By the user's own eyes; who owns it does not matter (manual 22.6).
Result<std::string> read_included(const std::string& path, const InterpretQuestion& question)
{
    auto file = look_at({.kind = FileQuestion::Kind::read, .path = path, .largest = question.largest});
    if (file.error)
        return error_of(file, question);
    if (file.is_irregular)
        return temporary(S_ISDIR(file.mode) ? "Is a directory" : "not a regular file");
    return file.is_too_big ? Result<std::string>(temporary("is too big")) : std::move(file.content);
}

InterpretReply list_of(const InterpretQuestion& question, const std::string& text)
{
    filter::AliasRules rules;
    rules.allow_fail = question.allow_fail;
    rules.allow_defer = question.allow_defer;
    rules.forbid_pipe = question.forbid_pipe;
    rules.forbid_file = question.forbid_file;
    rules.forbid_include = question.forbid_include;
    rules.forbid_blackhole = question.forbid_blackhole;
    rules.skip_syntax_errors = question.skip_syntax_errors;
    rules.include_directory = question.include_directory;
    rules.items_max = question.items_max;
    rules.is_file = true;
    rules.addresses.allow_domain_literals = true;
    rules.read = [&](const std::string& path) { return read_included(path, question); };
    auto list = filter::parse_alias_list(text, rules);
    if (!list)
        return failure(list.error());
    InterpretReply reply;
    for (auto& item : list->items)
        reply.items.push_back({.kind = static_cast<std::uint32_t>(item.kind), .text = std::move(item.text), .has_domain = item.has_domain,
                               .keeps_domain = item.keeps_domain, .forbidden = item.forbidden, .ticket = {}});
    reply.syntax_errors = std::move(list->syntax_errors);
    return reply;
}

// "file" of the mail command with "expand": as the user reads it, and with no more words than the filter has. One that
// cannot be read is no fault of the filter: the agent fails to open it in its turn, and only the reply waits, as in Exim.
Status expand_file(expand::Scene& scene, const InterpretQuestion& question, filter::Reply& reply)
{
    if (!reply.file_expand || reply.file.empty())
        return {};
    const auto path = reply.file.starts_with('/') ? reply.file : question.sight.home + "/" + reply.file;
    const auto file = look_at({.kind = FileQuestion::Kind::read, .path = path, .largest = question.largest});
    if (file.is_too_big)
        return temporary("file " + path + " of a reply is too big");
    if (file.error || file.is_irregular) {
        reply.file_expand = false;
        return {};
    }
    std::string text = reply.text.empty() ? std::string{} : reply.text + "\n";
    for (std::string_view rest = file.content; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto words = expand::expand(scene, Text::clean(std::string(line)));
        text += (words ? words->text : std::string(line)) + "\n"; // what cannot be expanded stays as it is
    }
    reply.text = std::move(text);
    reply.file.clear();
    reply.file_expand = false;
    return {};
}

}

struct Interpreter::Ground {
    explicit Ground(const launcher::Parameters& told)
        : parameters(told), language(expand::Language::linked()), filter_words(filter::Words::linked()),
          sieve_words(sieve::Words::linked()), site(site_of(told)),
          lookups(Registry<lookup::Driver>::linked(), lookup::Environment{.resolver = &resolver, .settings = {}}),
          lists(lists_of(told), match::Self{.primary_hostname = told.primary_hostname, .addresses = {}, .routing_addresses = {}}, lookups, nullptr),
          world{.language = language, .site = site, .lookups = lookups, .lists = lists, .effects = {}}
    {
        world.effects.clock = &clock;
        world.effects.files = &files;
    }
    static expand::Site site_of(const launcher::Parameters& told)
    {
        expand::Site site;
        site.primary_hostname = told.primary_hostname;
        site.qualify_domain = told.qualify_domain;
        site.qualify_recipient = told.qualify_recipient;
        site.spool_directory = told.spool_directory;
        site.headers_charset = told.headers_charset;
        site.message_body_visible = told.message_body_visible;
        site.message_body_newlines = told.message_body_newlines;
        site.print_topbitchars = told.print_topbitchars;
        site.strict_acl_vars = told.strict_acl_vars;
        site.check_rfc2047_length = told.check_rfc2047_length;
        site.allow_utf8_domains = told.allow_utf8_domains;
        site.log_timezone = told.log_timezone;
        site.timezone_is_utc = told.timezone == "UTC";
        if (!told.exim_version.empty())
            site.exim_version = told.exim_version;
        return site;
    }
    static match::NamedLists lists_of(const launcher::Parameters& told)
    {
        constexpr match::Kind kinds[] = {match::Kind::domain, match::Kind::host, match::Kind::address, match::Kind::local_part};
        match::NamedLists lists;
        for (const auto& list : told.lists)
            if (list.kind < std::size(kinds))
                lists.of(kinds[list.kind])[list.name] = {.text = list.text, .always_cached = list.always_cached};
        return lists;
    }
    Result<filter::Outcome> outcome(const InterpretQuestion& question, const std::string& text, expand::Scene& scene) const;
    Result<filter::Outcome> sieve(const InterpretQuestion& question, const std::string& text, expand::Scene& scene) const;

    const launcher::Parameters& parameters;
    const expand::Language language;
    const filter::Words filter_words;
    const sieve::Words sieve_words;
    const expand::Site site;
    mutable NoResolver resolver;
    const lookup::Lookups lookups;
    const match::Lists lists;
    mutable expand::OwnFiles files;
    const SystemClock clock;
    expand::World world;
};

Result<filter::Outcome> Interpreter::Ground::sieve(const InterpretQuestion& question, const std::string& text,
                                                   expand::Scene& scene) const
{
    const auto script = sieve::Script::parse(text, sieve_words, question.rules);
    sieve::Surroundings around{.scene = scene, .rules = question.rules, .body = {}};
    if (!question.sight.sieve_body.empty())
        around.body = [&] { return Result<std::string>(question.sight.sieve_body); };
    return script.obey(around);
}

Result<filter::Outcome> Interpreter::Ground::outcome(const InterpretQuestion& question, const std::string& text,
                                                     expand::Scene& scene) const
{
    if (question.language == Asked::sieve)
        return sieve(question, text, scene);
    OwnJournal journal;
    const auto parsed = TRY(filter::Filter::parse(text, filter_words, question.rules));
    auto outcome = TRY(parsed.run({.scene = scene, .rules = question.rules, .journal = question.delivers ? &journal : nullptr}));
    for (auto& action : outcome.actions)
        if (action.kind == filter::Action::Kind::reply)
            TRY(expand_file(scene, question, action.reply));
    return outcome;
}

Interpreter::Interpreter(const launcher::Parameters& parameters) : ground_(std::make_unique<const Ground>(parameters)) {}

Interpreter::~Interpreter() = default;

InterpretReply Interpreter::obey(const InterpretQuestion& question, const std::string& home) const
{
    const auto text = content_of(ground_->parameters, question, home);
    if (!text)
        return failure(text.error());
    constexpr Asked asked[] = {Asked::list, Asked::exim, Asked::sieve};
    if (asked[static_cast<std::size_t>(filter::language_of(*text))] != question.language) {
        auto reply = failure(temporary(question.path + " was changed while it was read"));
        reply.is_changed = true;
        return reply;
    }
    if (question.language == Asked::list)
        return list_of(question, *text);
    Seen seen{ground_->world, question.sight, question.forbidden};
    auto outcome = ground_->outcome(question, *text, seen.scene());
    if (!outcome)
        return failure(outcome.error());
    InterpretReply reply;
    reply.outcome = std::move(outcome).take();
    return reply;
}

}
