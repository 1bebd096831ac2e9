#include "router/system_filter.h"

#include "common/base/text.h"
#include "common/filter/filter.h"
#include "router/filter_actions.h"

namespace gp::router {
namespace {

constexpr std::int32_t unset = -1; // as the log shows it

Result<std::optional<expand::Expression>> main_expression(const Ground& ground, std::string_view option)
{
    const auto& all = ground.configuration.main.all;
    if (!all.is_set(option))
        return std::optional<expand::Expression>{};
    auto parsed = ground.language.parse(all.expandable(option).text);
    if (!parsed)
        return misconfigured(all.origin(option).text() + ": " + std::string(option) + ": " + parsed.error().text);
    return std::optional{std::move(parsed).take()};
}

// A log is written as system_filter_user; router itself writes no file of anybody's.
filter::Rules rules_of(const Ground& ground, bool has_user)
{
    filter::Rules rules;
    rules.is_system = true;
    rules.allow_fail = rules.allow_defer = rules.allow_freeze = true;
    rules.forbid_logwrite = !has_user;
    rules.prepends_home = false;
    rules.qualify_domain = ground.world.site.qualify_recipient;
    rules.sender_domain = ground.world.site.qualify_domain;
    return rules;
}

SystemFiltered::End end_of(filter::Outcome::End end)
{
    switch (end) {
    case filter::Outcome::End::failed: return SystemFiltered::End::failed;
    case filter::Outcome::End::deferred: return SystemFiltered::End::deferred;
    case filter::Outcome::End::frozen: return SystemFiltered::End::frozen;
    case filter::Outcome::End::finished: break;
    }
    return SystemFiltered::End::finished;
}

}

Result<std::optional<SystemFilter>> SystemFilter::read(const Ground& ground)
{
    SystemFilter made{ground};
    made.file_ = TRY(main_expression(ground, "system_filter"));
    if (!made.file_)
        return std::optional<SystemFilter>{};
    made.file_transport_ = TRY(main_expression(ground, "system_filter_file_transport"));
    made.directory_transport_ = TRY(main_expression(ground, "system_filter_directory_transport"));
    made.pipe_transport_ = TRY(main_expression(ground, "system_filter_pipe_transport"));
    made.reply_transport_ = TRY(main_expression(ground, "system_filter_reply_transport"));
    const auto& all = ground.configuration.main.all;
    if (all.is_set("system_filter_user"))
        made.user_ = TRY(user_named(std::to_string(std::get<config::Identity>(all.find("system_filter_user")->value).id)));
    if (all.is_set("system_filter_group"))
        made.gid_ = std::get<config::Identity>(all.find("system_filter_group")->value).id;
    return std::optional{std::move(made)};
}

Status SystemFilter::check() const
{
    const auto& all = ground_->configuration.main.all;
    const auto path = all.expandable("system_filter");
    auto rules = rules_of(*ground_, user_.has_value());
    const auto content = path.is_constant() ? ground_->world.effects.files->read(path.text, ground_->parameters.alias_size_max)
                                            : Result<std::string>(temporary("it is named by an expansion"));
    const auto parsed = content ? filter::Filter::parse(*content, linked_filter_words(), rules) : Result<filter::Filter>(content.error());
    rules.forbid_logwrite = false;
    if (!content || parsed || !filter::Filter::parse(*content, linked_filter_words(), rules))
        return {};
    return misconfigured(all.origin("system_filter").text() + ": system_filter: " + path.text + ": " + parsed.error().text +
                         " (its log is written as system_filter_user, which is unset)");
}

// As system_filter_user where this process may not read it.
Result<std::string> SystemFilter::text(expand::Scene& scene) const
{
    auto path = file_->expand(scene);
    if (!path)
        return permanent("failed to expand \"" + file_->source() + "\": " + path.error().text);
    if (!path->text.starts_with('/'))
        return permanent("\"" + escape(path->text) + "\" is not an absolute path");
    if (path->tainted())
        return permanent("Tainted name '" + escape(path->text) + "' for file read not permitted");
    const auto largest = ground_->parameters.alias_size_max;
    auto content = ground_->world.effects.files->read(path->text, largest);
    if (!content && user_ && ground_->eyes) {
        UserFiles files{*ground_->eyes, {user_->uid, gid_.value_or(user_->gid), {}, user_->login}};
        content = files.read(path->text, largest);
    }
    if (!content)
        return permanent("failed to open " + path->text + ": " + content.error().text);
    return content;
}

Result<SystemFiltered> SystemFilter::run(const Chain& chain, MessageScene& message, const Occasion& occasion) const
{
    auto& scene = message.scene();
    message.message().recipients_are_shown = true;
    const auto rules = rules_of(*ground_, user_.has_value());
    const auto parsed = TRY(filter::Filter::parse(TRY(text(scene)), linked_filter_words(), rules));
    std::optional<UserFiles> journal;
    if (user_ && ground_->eyes)
        journal.emplace(*ground_->eyes, UserIds{user_->uid, gid_.value_or(user_->gid), {}, user_->login});
    auto outcome = TRY(parsed.run({.scene = scene, .rules = rules, .journal = journal ? &*journal : nullptr}));
    SystemFiltered out{.end = end_of(outcome.end), .text = outcome.text, .log_text = outcome.log_text};
    out.is_significant = outcome.is_significant;
    for (const auto& edit : outcome.header_edits)
        out.header_steps.push_back({.remove = edit.remove, .text = edit.text});
    out.numbers = outcome.numbers;
    std::vector<Candidate> children;
    for (auto& action : outcome.actions)
        children.push_back(candidate_of(std::move(action), scene));
    message.message().recipients_are_shown = false;
    if (children.empty())
        return out;
    auto routed = chain.route_children("system-filter", std::move(children), occasion);
    out.deliveries = std::move(routed.deliveries);
    out.unrouted = std::move(routed.unrouted);
    return out;
}

Candidate SystemFilter::candidate_of(filter::Action action, expand::Scene& scene) const
{
    auto child = candidate_of_action(std::move(action));
    if (!child.kind.empty())
        give_transport(child, scene);
    return child;
}

void SystemFilter::give_transport(Candidate& child, expand::Scene& scene) const
{
    child.user = user_;
    child.gid = gid_;
    child.setup_errno = unset;
    if (!child.setup_error.empty())
        return;
    const bool is_directory = child.kind == "file" && child.address.ends_with('/');
    const auto& transport = child.kind == "pipe"    ? pipe_transport_
                            : child.kind == "reply" ? reply_transport_
                            : is_directory          ? directory_transport_
                                                    : file_transport_;
    const auto option = "system_filter_" + (is_directory ? "directory" : child.kind) + "_transport";
    if (!transport) {
        child.setup_error = option + " is unset";
        return;
    }
    const expand::Address address{.address_file = child.kind == "file" ? std::string_view(child.address) : std::string_view{},
                                  .address_pipe = child.kind == "pipe" ? std::string_view(child.address) : std::string_view{}};
    const auto* before = std::exchange(scene.address, &address);
    auto name = transport->expand(scene);
    scene.address = before;
    if (!name)
        child.setup_error = "failed to expand \"" + transport->source() + "\" as a system filter transport name: " + name.error().text;
    else if (!ground_->configuration.transport(name->text))
        child.setup_error = "failed to find \"" + escape(name->text) + "\" transport for system filter delivery";
    else
        child.transport = std::move(name->text);
}

}
