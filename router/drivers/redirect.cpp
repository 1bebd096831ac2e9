// redirect: aliases and other lists of new addresses (manual chapter 22). Users' files are read with the
// rights that router has; filters are refused.

#include "common/base/text.h"
#include "common/filter/alias_list.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/driver.h"


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
    Redirect(const Ground& ground, std::string name) : ground_(ground), name_(std::move(name)) {}
    // The redirection data; nothing: the router declines.
    Result<std::optional<Text>> data_for(const Question& question) const;
    Result<std::optional<Text>> read_file(const Question& question) const;
    Status check_file(const std::string& path, const Question& question) const;
    Result<Decision> decide(const Question& question, const AliasList& list, bool is_tainted) const;
    Candidate child_of(const Question& question, const AliasItem& item, bool is_tainted) const;

    const Ground& ground_;
    const std::string name_;
    std::optional<expand::Expression> data_, file_, syntax_errors_to_;
    AliasRules rules_;
    std::string pipe_transport_, file_transport_, directory_transport_;
    std::string qualify_domain_;
    bool qualify_preserve_domain_ = false, check_owner_ = false, check_group_ = false;
    bool ignore_eacces_ = false, ignore_enotdir_ = false, allow_filter_ = false;
    std::uint32_t modemask_ = 022;
    std::vector<config::Identity> owners_, owngroups_;
};

std::string transport_name(const conf::Driver& instance, std::string_view option)
{
    return instance.settings.find(option) ? instance.settings.expandable(option).text : std::string{};
}

Result<std::unique_ptr<Router>> Redirect::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<Redirect> made{new Redirect(ground, instance.name)};
    const auto& settings = instance.settings;
    if (settings.is_set("data") == settings.is_set("file"))
        return misconfigured(instance.origin.text() + ": router " + instance.name + " wants exactly one of data and file");
    made->data_ = TRY(expression_of(ground, instance, "data"));
    made->file_ = TRY(expression_of(ground, instance, "file"));
    made->syntax_errors_to_ = TRY(expression_of(ground, instance, "syntax_errors_to"));
    auto& rules = made->rules_;
    rules.allow_fail = settings.flag("allow_fail");
    rules.allow_defer = settings.flag("allow_defer");
    rules.forbid_pipe = settings.flag("forbid_pipe");
    rules.forbid_file = settings.flag("forbid_file");
    rules.forbid_include = settings.flag("forbid_include");
    rules.forbid_blackhole = settings.flag("forbid_blackhole");
    rules.skip_syntax_errors = settings.flag("skip_syntax_errors");
    rules.items_max = ground.parameters.addresses_max;
    rules.addresses.allow_domain_literals = true;
    made->pipe_transport_ = transport_name(instance, "pipe_transport");
    made->file_transport_ = transport_name(instance, "file_transport");
    made->directory_transport_ = transport_name(instance, "directory_transport");
    made->qualify_domain_ = settings.text("qualify_domain");
    made->qualify_preserve_domain_ = settings.flag("qualify_preserve_domain");
    made->check_owner_ = settings.flag("check_owner") || settings.is_set("owners");
    made->check_group_ = settings.flag("check_group") || settings.is_set("owngroups");
    made->ignore_eacces_ = settings.flag("ignore_eacces");
    made->ignore_enotdir_ = settings.flag("ignore_enotdir");
    made->allow_filter_ = settings.flag("allow_filter");
    made->modemask_ = static_cast<std::uint32_t>(settings.number("modemask"));
    for (const auto& owner : settings.identities("owners"))
        made->owners_.push_back(owner);
    for (const auto& owner : settings.identities("owngroups"))
        made->owngroups_.push_back(owner);
    return std::unique_ptr<Router>{std::move(made)};
}

Result<std::optional<Text>> Redirect::data_for(const Question& question) const
{
    if (file_)
        return read_file(question);
    auto words = data_->expand(question.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return std::optional<Text>{};
    if (!words)
        return temporary("failed to expand \"" + data_->source() + "\": " + words.error().text);
    return std::optional<Text>{std::move(words).take()};
}

// Owner, group and mode, on what the name leads to (manual 22.7, check_owner, owners, modemask).
Status Redirect::check_file(const std::string& path, const Question& question) const
{
    auto about = question.scene.world.effects.files->status(path);
    if (!about)
        return about.error();
    if (about->mode & modemask_)
        return temporary("bad mode (0" + std::to_string((about->mode & 0777) / 64) +
                         std::to_string((about->mode & 0777) / 8 % 8) + std::to_string(about->mode % 8) + ") for " + path +
                         ": modemask forbids bits of it");
    if (check_owner_ || question.user) {
        bool good = about->uid == 0 || (question.user && about->uid == question.user->uid);
        for (const auto& owner : owners_)
            good |= owner.id == about->uid;
        if (!good && check_owner_)
            return temporary(path + " is owned by uid " + std::to_string(about->uid) + ", which owners does not allow");
    }
    return {};
}

Result<std::optional<Text>> Redirect::read_file(const Question& question) const
{
    auto path = file_->expand(question.scene);
    if (!path && path.error().cause == Cause::forced_fail)
        return std::optional<Text>{};
    if (!path)
        return temporary("failed to expand file: " + path.error().text);
    if (path->tainted())
        return misconfigured("Tainted name '" + escape(path->text) + "' for file read not permitted: it comes from " +
                             std::string(path->taint));
    if (!path->text.starts_with('/'))
        return misconfigured("file \"" + escape(path->text) + "\" is not an absolute path");
    auto checked = check_file(path->text, question);
    if (!checked) {
        if (checked.error().cause == Cause::not_found)
            return std::optional<Text>{};
        if (ignore_eacces_ && checked.error().text.find("Permission denied") != std::string::npos)
            return std::optional<Text>{};
        if (ignore_enotdir_ && checked.error().text.find("Not a directory") != std::string::npos)
            return std::optional<Text>{};
        return temporary(path->text + ": " + checked.error().text);
    }
    auto content = question.scene.world.effects.files->read(path->text, ground_.parameters.alias_size_max);
    if (!content)
        return temporary("failed to open " + path->text + ": " + content.error().text);
    return std::optional<Text>{Text::clean(std::move(content).take())};
}

Result<Decision> Redirect::route(const Question& question)
{
    const auto data = TRY(data_for(question));
    if (!data || trim(data->text).empty())
        return Decision::declined();
    const auto first = trim(data->text);
    if (starts_nocase(first, "# exim filter") || starts_nocase(first, "#exim filter") ||
        starts_nocase(first, "# sieve filter") || starts_nocase(first, "#sieve filter"))
        return temporary("filter files are not supported yet");
    AliasRules rules = rules_;
    rules.read = [&](const std::string& path) -> Result<std::string> {
        TRY(check_file(path, question));
        return question.scene.world.effects.files->read(path, ground_.parameters.alias_size_max);
    };
    const auto list = TRY(parse_alias_list(data->text, rules));
    for (const auto& error : list.syntax_errors)
        log::main(name_ + " router: skipped error in redirect data: " + error);
    return decide(question, list, data->tainted());
}

Candidate Redirect::child_of(const Question& question, const AliasItem& item, bool is_tainted) const
{
    Candidate child;
    child.is_tainted = is_tainted;
    child.address = item.text;
    if (item.kind == AliasItem::Kind::pipe) {
        child.kind = "pipe";
        child.transport = pipe_transport_;
        return child;
    }
    if (item.kind == AliasItem::Kind::file) {
        child.kind = "file";
        const bool directory = item.text.ends_with('/');
        child.transport = directory ? directory_transport_ : file_transport_;
        return child;
    }
    if (!item.has_domain) {
        const auto& site = ground_.world.site;
        const std::string& domain = qualify_preserve_domain_ ? question.candidate.domain
                                    : qualify_domain_.empty() ? site.qualify_recipient
                                                              : qualify_domain_;
        child.address += "@" + domain;
    }
    child.local_part = mail::local_part_of(child.address);
    child.domain = lower(mail::domain_of(child.address));
    return child;
}

Result<Decision> Redirect::decide(const Question& question, const AliasList& list, bool is_tainted) const
{
    using Kind = AliasItem::Kind;
    Decision decision{.kind = Decision::Kind::redirected};
    bool blackhole = false;
    for (const auto& item : list.items) {
        switch (item.kind) {
        case Kind::fail:
            return Decision::failed(item.text.empty() ? "forced rejection" : item.text);
        case Kind::defer:
            return Decision::deferred(item.text.empty() ? "forced defer" : item.text);
        case Kind::unknown:
            return Decision::declined();
        case Kind::blackhole:
            blackhole = true;
            break;
        default: {
            auto child = child_of(question, item, is_tainted);
            if (!child.kind.empty() && child.transport.empty())
                return temporary((child.kind == "pipe" ? "pipe_transport" : "file_transport") +
                                 std::string(" unset in ") + name_ + " router");
            decision.children.push_back(std::move(child));
        }
        }
    }
    if (decision.children.empty() && blackhole)
        return Decision::discarded();
    if (decision.children.empty())
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
