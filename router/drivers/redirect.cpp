// redirect: aliases and other lists of new addresses, and filters (manual chapter 22). Users' files are read and obeyed with
// the user's rights (user_files.h); a user's filter may not use what the user could not.

#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/filter/alias_list.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/driver.h"
#include "router/octal.h"
#include "router/user_filter.h"
#include "router/users_wish.h"

namespace gp::router {
namespace {

using filter::AliasItem;
using filter::AliasList;
using filter::AliasRules;

class Redirect final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    Redirect(const Ground& ground, std::string name, UserFilter filter)
        : ground_(ground), name_(std::move(name)), filter_(std::move(filter))
    {
    }
    struct Data {
        Text text;
        bool is_foreign = false; // written by an ordinary user
        std::string path = {};   // of the user's own file, which a child of the user's obeys; empty: we do
    };
    // The redirection data; nothing: the router declines.
    Result<std::optional<Data>> data_for(const Question& question) const;
    Result<std::optional<Data>> read_file(const Question& question) const;
    Result<std::optional<Data>> unread(const Question& question, const std::string& path, const Error& why) const;
    Status check_file(const expand::FileStatus& about, const std::string& path, const Question& question) const;
    Result<AliasList> list_of(const Question& question, const Data& data) const;
    Result<AliasList> list_of_user(const Question& question, const std::string& path) const;
    Result<std::string> read_included(const Question& question, const std::string& path) const;
    bool is_trusted(std::uint64_t uid) const;
    bool is_ours_too(const Question& question, const std::string& path, const expand::FileContent& said) const;
    std::vector<Notice> notices(const Question& question, const std::vector<std::string>& errors, bool any_good) const;
    Result<Decision> filter(const Question& question, const Data& data, filter::Language language) const;
    void give_transport(const Question& question, Candidate& child) const;
    Result<Decision> decide(const Question& question, const AliasList& list, bool is_tainted) const;
    Candidate delivery_of(const Question& question, const AliasItem& item, bool is_tainted) const;
    std::string taint_of(const Candidate& child) const;
    std::optional<std::string> domain_for(const Question& question, const AliasItem& item) const;
    Result<std::optional<Candidate>> child_of(const Question& question, const AliasItem& item, bool is_tainted) const;

    const Ground& ground_;
    const std::string name_;
    const UserFilter filter_;
    std::optional<expand::Expression> data_, file_, syntax_errors_to_, syntax_errors_text_;
    AliasRules rules_;
    std::optional<expand::Expression> pipe_transport_, file_transport_, directory_transport_, reply_transport_,
        qualify_domain_;
    bool qualify_preserve_domain_ = false, check_owner_ = false, check_group_ = false;
    bool forbid_smtp_code_ = false, hides_children_ = false, one_time_ = false, rewrites_ = true;
    bool ignore_eacces_ = false, ignore_enotdir_ = false;
    bool is_in_home_ = false; // where only the user writes
    std::uint32_t modemask_ = 022;
    std::vector<config::Identity> owners_, owngroups_;
};

constexpr std::int32_t bad_redirect = -17, no_transport = -30; // as the log shows them

// "550 5.7.1 text" without its codes (manual 22.6, forbid_smtp_code).
std::string without_code(std::string_view text)
{
    const auto digits = [](std::string_view word) {
        return !word.empty() && std::ranges::all_of(word, [](char c) { return is_digit(c); });
    };
    if (text.size() < 4 || !digits(text.substr(0, 3)) || text[3] != ' ')
        return std::string(text);
    text = trim_left(text.substr(3));
    const auto word = text.substr(0, text.find(' '));
    const auto parts = split(word, '.');
    if (parts.size() == 3 && std::ranges::all_of(parts, digits))
        text = trim_left(text.substr(word.size()));
    return std::string(text);
}

Result<std::unique_ptr<Router>> Redirect::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<Redirect> made{new Redirect(ground, instance.name, TRY(UserFilter::read(ground, instance)))};
    const auto& settings = instance.settings;
    if (settings.is_set("data") == settings.is_set("file"))
        return misconfigured(instance.origin.text() + ": router " + instance.name + " wants exactly one of data and file");
    made->data_ = TRY(expression_of(ground, instance, "data"));
    made->file_ = TRY(expression_of(ground, instance, "file"));
    made->syntax_errors_to_ = TRY(expression_of(ground, instance, "syntax_errors_to"));
    made->syntax_errors_text_ = TRY(expression_of(ground, instance, "syntax_errors_text"));
    auto& rules = made->rules_;
    if (made->file_)
        made->is_in_home_ = made->file_->source().starts_with("$home") || made->file_->source().starts_with("${home}");
    rules.allow_fail = settings.flag("allow_fail");
    rules.allow_defer = settings.flag("allow_defer");
    // What takes the recipient's place must be an address (manual 22.7, one_time).
    rules.forbid_pipe = settings.flag("forbid_pipe") || settings.flag("one_time");
    rules.forbid_file = settings.flag("forbid_file") || settings.flag("one_time");
    rules.forbid_include = settings.flag("forbid_include");
    rules.forbid_blackhole = settings.flag("forbid_blackhole");
    rules.skip_syntax_errors = settings.flag("skip_syntax_errors");
    rules.items_max = ground.parameters.addresses_max;
    rules.addresses.allow_domain_literals = true;
    made->pipe_transport_ = TRY(expression_of(ground, instance, "pipe_transport"));
    made->file_transport_ = TRY(expression_of(ground, instance, "file_transport"));
    made->directory_transport_ = TRY(expression_of(ground, instance, "directory_transport"));
    made->reply_transport_ = TRY(expression_of(ground, instance, "reply_transport"));
    made->qualify_domain_ = TRY(expression_of(ground, instance, "qualify_domain"));
    made->forbid_smtp_code_ = settings.flag("forbid_smtp_code");
    made->hides_children_ = settings.flag("hide_child_in_errmsg");
    made->one_time_ = settings.flag("one_time");
    made->rewrites_ = settings.flag("rewrite");
    rules.include_directory = settings.text("include_directory");
    made->qualify_preserve_domain_ = settings.flag("qualify_preserve_domain");
    made->check_owner_ = settings.flag("check_owner");
    made->check_group_ = settings.flag("check_group");
    made->ignore_eacces_ = settings.flag("ignore_eacces");
    made->ignore_enotdir_ = settings.flag("ignore_enotdir");
    made->modemask_ = static_cast<std::uint32_t>(settings.number("modemask"));
    for (const auto& owner : settings.identities("owners"))
        made->owners_.push_back(owner);
    for (const auto& owner : settings.identities("owngroups"))
        made->owngroups_.push_back(owner);
    return std::unique_ptr<Router>{std::move(made)};
}

Result<std::optional<Redirect::Data>> Redirect::data_for(const Question& question) const
{
    if (file_)
        return read_file(question);
    auto words = data_->expand(question.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return std::optional<Data>{};
    if (!words)
        return temporary("failed to expand \"" + data_->source() + "\": " + words.error().text);
    const bool is_foreign = words->tainted();
    return std::optional{Data{std::move(words).take(), is_foreign}};
}

bool Redirect::is_trusted(std::uint64_t uid) const
{
    return uid == 0 || uid == ground_.configuration.main.process.exim_user.id || uid == ground_.parameters.instance_uid;
}

namespace {

expand::Files& files_of(const Question& question)
{
    return question.users_files ? static_cast<expand::Files&>(*question.users_files) : *question.scene.world.effects.files;
}

// "Permission denied (euid=1000 egid=1000)": a user's files say so themselves.
std::string reason(const Question& question, const Error& error)
{
    if (error.cause != Cause::refused || question.users_files)
        return error.text;
    return error.text + " " + UserIds{::geteuid(), ::getegid(), {}}.text();
}

}

// Owner, group and mode (manual 22.7, check_owner, owners, modemask).
Status Redirect::check_file(const expand::FileStatus& about, const std::string& path, const Question& question) const
{
    if (!S_ISREG(about.mode))
        return temporary(path + " is not a regular file");
    if (const auto extra = about.mode & modemask_)
        return temporary("bad mode (" + octal(about.mode, 7) + ") for " + path + ": " + "0" + octal(extra, 1) +
                         " bit(s) unexpected");
    const auto has = [](const std::vector<config::Identity>& list, std::uint64_t id) {
        return std::ranges::any_of(list, [&](const config::Identity& one) { return one.id == id; });
    };
    if (check_owner_ && !has(owners_, about.uid) && !(question.user && about.uid == question.user->uid))
        return temporary("bad owner for " + path);
    if (check_group_ && !has(owngroups_, about.gid) && !(question.user && about.gid == question.user->gid))
        return temporary("bad group for " + path);
    return {};
}

Result<std::optional<Redirect::Data>> Redirect::read_file(const Question& question) const
{
    auto path = file_->expand(question.scene);
    if (!path && path.error().cause == Cause::forced_fail)
        return std::optional<Data>{};
    if (!path)
        return temporary("failed to expand file: " + path.error().text);
    if (path->tainted())
        return misconfigured("Tainted name '" + escape(path->text) + "' for file read not permitted");
    if (!path->text.starts_with('/'))
        return misconfigured("\"" + escape(path->text) + "\" is not an absolute path");
    auto content = files_of(question).open(path->text, ground_.parameters.alias_size_max);
    if (!content)
        return unread(question, path->text, content.error());
    TRY(check_file(content->status, path->text, question));
    const bool is_foreign = !is_trusted(content->status.uid) || (question.users_files && !is_ours_too(question, path->text, *content));
    // A list needs none of our own rights, and what it asks for is the user's wish in any case.
    const bool is_list = filter::language_of(content->octets) == filter::Language::none;
    const bool writes_log = content->octets.find("logwrite") != std::string::npos; // as the user, and we are not
    const bool users_own = question.users_files && (is_foreign || is_in_home_ || is_list || writes_log);
    return std::optional{Data{Text::clean(std::move(content->octets)), is_foreign, users_own ? path->text : std::string{}}};
}

// What a process of the user's said of a file is believed as far as we see the same.
bool Redirect::is_ours_too(const Question& question, const std::string& path, const expand::FileContent& said) const
{
    const auto seen = question.scene.world.effects.files->open(path, ground_.parameters.alias_size_max);
    return seen && is_trusted(seen->status.uid) && seen->octets == said.octets;
}

// A file that is not there makes the router decline; a folder that is not there may be a file system that is not
// mounted, and is no answer.
Result<std::optional<Redirect::Data>> Redirect::unread(const Question& question, const std::string& path,
                                                       const Error& why) const
{
    if (is_nobodys(why)) { // root, say: there is nobody who could look
        log::main(name_ + " router: " + path + " is not looked at: " + why.text);
        return std::optional<Data>{};
    }
    if (why.text.starts_with("Is a directory"))
        return temporary(path + " is not a regular file");
    if (why.cause == Cause::too_big)
        return temporary(path + " is too big");
    const bool is_folder_no_folder = why.text.starts_with("Not a directory");
    if (why.cause == Cause::not_found && !is_folder_no_folder) {
        const auto folder = path.substr(0, path.rfind('/') + 1) + ".";
        if (ignore_enotdir_)
            return std::optional<Data>{};
        auto there = question.users_files ? question.users_files->folder_of_missing(path) : Status{};
        if (!question.users_files)
            if (auto found = files_of(question).status(folder); !found)
                there = found.error();
        if (!there)
            return temporary("failed to stat " + folder + " (" + reason(question, there.error()) + ")");
        return std::optional<Data>{};
    }
    if ((ignore_eacces_ && why.cause == Cause::refused) || (ignore_enotdir_ && is_folder_no_folder))
        return std::optional<Data>{};
    return temporary("failed to open " + path + ": " + reason(question, why));
}

// By the same eyes; who owns it does not matter (manual 22.6).
Result<std::string> Redirect::read_included(const Question& question, const std::string& path) const
{
    auto content = files_of(question).open(path, ground_.parameters.alias_size_max);
    if (!content)
        return temporary(reason(question, content.error()));
    if (!S_ISREG(content->status.mode))
        return temporary(S_ISDIR(content->status.mode) ? "Is a directory" : "not a regular file");
    return std::move(content->octets);
}

Result<AliasList> Redirect::list_of(const Question& question, const Data& data) const
{
    if (!data.path.empty())
        return list_of_user(question, data.path);
    AliasRules rules = rules_;
    rules.is_file = file_.has_value();
    rules.read = [&](const std::string& path) { return read_included(question, path); };
    return parse_alias_list(data.text.text, rules);
}

Result<AliasList> Redirect::list_of_user(const Question& question, const std::string& path) const
{
    auto asked = question_about(question, path, ground_.parameters.alias_size_max);
    asked.allow_fail = rules_.allow_fail;
    asked.allow_defer = rules_.allow_defer;
    asked.forbid_pipe = rules_.forbid_pipe;
    asked.forbid_file = rules_.forbid_file;
    asked.forbid_include = rules_.forbid_include;
    asked.forbid_blackhole = rules_.forbid_blackhole;
    asked.skip_syntax_errors = rules_.skip_syntax_errors;
    asked.include_directory = rules_.include_directory;
    asked.items_max = rules_.items_max;
    auto said = TRY(answer_of(question.users_files->obey(std::move(asked))));
    AliasList list;
    for (auto& item : said.items) {
        if (item.kind > static_cast<std::uint32_t>(AliasItem::Kind::unknown))
            return temporary("the process that read " + path + " said what nobody understands");
        list.items.push_back({.kind = static_cast<AliasItem::Kind>(item.kind), .text = std::move(item.text), .has_domain = item.has_domain,
                              .keeps_domain = item.keeps_domain, .forbidden = item.forbidden, .ticket = std::move(item.ticket)});
    }
    list.syntax_errors = std::move(said.syntax_errors);
    return list;
}

namespace {

// Before what is logged of a message.
std::string id_of(const Question& question)
{
    const auto* message = question.scene.message;
    return message && !message->id.empty() ? std::string(message->id) + " " : std::string{};
}

}

Result<Decision> Redirect::route(const Question& question)
{
    const auto data = TRY(data_for(question));
    if (!data || trim(data->text.text).empty())
        return Decision::declined();
    if (const auto language = filter::language_of(data->text.text); language != filter::Language::none)
        return filter(question, *data, language);
    const auto list = list_of(question, *data);
    if (!list) {
        auto decision = Decision::deferred(list.error().text);
        decision.error_number = bad_redirect;
        return decision;
    }
    for (const auto& error : list->syntax_errors)
        log::main(id_of(question) + name_ + " router: skipped error: " + error);
    auto decision = !list->items.empty() || list->syntax_errors.empty()
                        ? decide(question, *list, data->text.tainted())
                        : Decision::declined("syntax error in redirection data");
    if (decision && !list->syntax_errors.empty())
        decision->notices = notices(question, list->syntax_errors, !list->items.empty());
    return decision;
}

// For whom syntax_errors_to names: what was skipped (manual 22.9). A name that cannot be expanded hears nothing.
std::vector<Notice> Redirect::notices(const Question& question, const std::vector<std::string>& errors, bool any_good) const
{
    if (!syntax_errors_to_ || !question.delivers)
        return {};
    const auto to = syntax_errors_to_->expand(question.scene);
    if (!to || trim(to->text).empty()) {
        log::alarm(name_ + " router: failed to expand \"" + syntax_errors_to_->source() + "\" for syntax_errors_to" +
                   (to ? "" : ": " + to.error().text));
        return {};
    }
    Notice notice{.to = std::string(trim(to->text)), .text = {}};
    if (mail::domain_of(notice.to).empty())
        notice.to += "@" + ground_.world.site.qualify_recipient;
    if (syntax_errors_text_)
        if (const auto text = syntax_errors_text_->expand(question.scene))
            notice.text = text->text + "\n\n";
    notice.text += "The " + name_ + " router encountered the following error(s):\n\n";
    for (const auto& error : errors) {
        const auto quoted = error.find(" in \"");
        const bool names_address = quoted != std::string::npos && error.ends_with('"');
        notice.text += "  " + (names_address ? error.substr(0, quoted) + " in the address\n  " + error.substr(quoted + 4) : error) + "\n\n";
    }
    notice.text += any_good ? "Other addresses were processed normally.\n" : "No valid addresses were generated.\n";
    return {std::move(notice)};
}

// What a filter asks for. An error of its text is the user's: nothing is delivered before it is mended, unless
// skip_syntax_errors says that there is no filter then.
Result<Decision> Redirect::filter(const Question& question, const Data& data, filter::Language language) const
{
    const std::string where = file_ ? "error in filter file: " : "error in filter data: ";
    const auto defer = [&](const std::string& why) {
        auto decision = Decision::deferred(where + why);
        decision.error_number = bad_redirect;
        return decision;
    };
    auto decision = !filter_.allowed()  ? Result<Decision>(Error{.blame = Blame::permanent, .text = "filtering not enabled"})
                    : data.path.empty() ? filter_.run(question, data.text.text, language, data.is_foreign)
                                      : filter_.run_as_user(question, data.path, language);
    if (!decision && rules_.skip_syntax_errors && decision.error().blame == Blame::permanent) {
        log::main(id_of(question) + name_ + " router: skipped error: " + decision.error().text);
        auto declined = Decision::declined("syntax error in redirection data");
        declined.notices = notices(question, {decision.error().text}, false);
        return declined;
    }
    if (!decision)
        return defer(decision.error().text);
    decision->hides_children = hides_children_;
    decision->one_time = one_time_;
    for (auto& child : decision->children) {
        if (!child.kind.empty())
            give_transport(question, child);
        else if (rewrites_)
            child.rename(ground_.rewriting.address(question.scene, child.address, rewrite::env_to));
    }
    return decision;
}

// A pipe or a file; where it is forbidden, it fails by itself.
// A stranger's words are no command, and no file unless create_file says where it lies (manual 8, tainted data).
std::string Redirect::taint_of(const Candidate& child) const
{
    const auto* transport = ground_.configuration.transport(child.transport);
    const bool is_pipe = child.kind == "pipe";
    const auto* place = transport && !is_pipe ? transport->settings.find("create_file") : nullptr;
    const auto where = place ? transport->settings.text("create_file") : std::string{};
    if (where == "belowhome" || where.starts_with('/'))
        return {};
    const auto text = is_pipe && child.address.starts_with('|') ? child.address.substr(1) : child.address;
    return "Tainted '" + escape(text) + "' (" + (is_pipe ? "command" : "file or directory name") + " for " + child.transport +
           " transport) not permitted";
}

Candidate Redirect::delivery_of(const Question& question, const AliasItem& item, bool is_tainted) const
{
    Candidate child;
    child.address = item.text;
    child.is_tainted = false;
    child.ticket = item.ticket;
    child.kind = item.kind == AliasItem::Kind::pipe ? "pipe" : "file";
    if (item.text == "/dev/null" && !item.forbidden && question.delivers)
        return child;
    give_transport(question, child);
    if (is_tainted && question.delivers && child.setup_error.empty()) {
        child.setup_error = taint_of(child);
        child.setup_errno = no_error_number;
    }
    if (item.forbidden) {
        child.setup_error = "delivery to " + child.kind + " forbidden";
        child.setup_fails = true;
    }
    return child;
}

// The transport that takes it; without one it is deferred by itself.
void Redirect::give_transport(const Question& question, Candidate& child) const
{
    const bool is_directory = child.kind == "file" && child.address.ends_with('/');
    const std::string option = is_directory ? "directory_transport" : child.kind + "_transport";
    const auto& transport = child.kind == "pipe"    ? pipe_transport_
                            : child.kind == "reply" ? reply_transport_
                            : is_directory          ? directory_transport_
                                                    : file_transport_;
    child.setup_errno = no_transport;
    if (!child.setup_error.empty() && !transport)
        return;
    if (!transport) {
        child.setup_error = option + " unset in " + name_ + " router";
        return;
    }
    // The option sees what it is for: $address_file, $address_pipe.
    auto address = question.scene.address ? *question.scene.address : expand::Address{};
    address.address_file = child.kind == "file" ? std::string_view(child.address) : std::string_view{};
    address.address_pipe = child.kind == "pipe" ? std::string_view(child.address) : std::string_view{};
    const auto* before = std::exchange(question.scene.address, &address);
    auto name = transport->expand(question.scene);
    question.scene.address = before;
    if (name)
        child.transport = std::move(name->text);
    else if (child.setup_error.empty())
        child.setup_error = "failed to expand \"" + transport->source() + "\" for " + option + ": " + name.error().text;
}

// The domain for addresses without one (manual 22, qualify_domain, qualify_preserve_domain). Nothing: the
// router declines.
std::optional<std::string> Redirect::domain_for(const Question& question, const AliasItem& item) const
{
    if (qualify_preserve_domain_ || item.keeps_domain)
        return question.candidate.domain;
    if (!qualify_domain_)
        return ground_.world.site.qualify_recipient;
    auto domain = qualify_domain_->expand(question.scene);
    if (!domain)
        return std::nullopt;
    return domain->text;
}

Result<std::optional<Candidate>> Redirect::child_of(const Question& question, const AliasItem& item, bool is_tainted) const
{
    if (item.kind != AliasItem::Kind::address)
        return std::optional{delivery_of(question, item, is_tainted)};
    Candidate child;
    child.is_tainted = is_tainted;
    child.address = item.text;
    if (!item.has_domain) {
        const auto domain = domain_for(question, item);
        if (!domain)
            return std::optional<Candidate>{};
        child.address += "@" + *domain;
    }
    if (rewrites_)
        child.address = ground_.rewriting.address(question.scene, child.address, rewrite::env_to);
    child.rename(child.address);
    return std::optional{std::move(child)};
}

Result<Decision> Redirect::decide(const Question& question, const AliasList& list, bool is_tainted) const
{
    using Kind = AliasItem::Kind;
    Decision decision{.kind = Decision::Kind::redirected, .one_time = one_time_, .hides_children = hides_children_};
    const auto has = [&](Kind kind) { return std::ranges::find(list.items, kind, &AliasItem::kind); };
    const auto forced = [&](const AliasItem& item, Decision::Kind kind) {
        decision.kind = kind;
        decision.text = forbid_smtp_code_ ? without_code(item.text) : item.text;
        decision.is_forced = true;
    };
    // Manual 22.6: nothing else counts beside :blackhole:, and :unknown: takes only itself away.
    if (has(Kind::blackhole) != list.items.end())
        return Decision::discarded();
    for (const auto& item : list.items) {
        if (item.kind == Kind::fail)
            forced(item, Decision::Kind::failed);
        else if (item.kind == Kind::defer) { // and those beside it wait with it
            forced(item, Decision::Kind::deferred);
            decision.children.clear();
        }
        else if (item.kind != Kind::unknown) {
            auto child = TRY(child_of(question, item, is_tainted));
            if (!child)
                return Decision::declined();
            decision.children.push_back(std::move(*child));
        }
    }
    if (decision.children.empty() && decision.kind == Decision::Kind::redirected)
        return Decision::declined();
    return decision;
}

const RegisterRouter self{{
    .name = "redirect",
    .make = Redirect::make,
    .doc = "Replaces an address by others, by pipes and by files: aliases, lists, virtual domains.",
}};

}
}
