#include "router/acl_calls.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::router {
namespace {

// drop and discard are no outcomes that a text could use.
expand::AclOutcome outcome_for_text(const acl::Outcome& outcome)
{
    using V = expand::AclOutcome::Verdict;
    expand::AclOutcome out;
    switch (outcome.verdict) {
    case acl::Outcome::Verdict::accept: out.verdict = V::accept; break;
    case acl::Outcome::Verdict::deny: out.verdict = V::deny; break;
    case acl::Outcome::Verdict::defer:
        // Neither the name of an ACL nor a good one in line, a loop, a text that cannot be expanded.
        out.verdict = outcome.is_broken ? V::error : V::defer;
        break;
    default: out.verdict = V::error; break;
    }
    if (!outcome.user_text.empty())
        out.message = Text::clean(outcome.user_text);
    return out;
}

}

expand::AclOutcome AclCalls::call_alone(expand::Scene& scene, const Text& name)
{
    if (!acls_) {
        config::Problems problems; // told when the configuration was checked
        acls_ = std::make_unique<acl::Acls>(language_, acl::Words::linked());
        for (const auto& source : configuration_.acls)
            acls_->add(source, problems);
    }
    mail::PolicyState state;
    const auto* variables = scene.acl_variables;
    if (variables)
        state.variables = *variables;
    scene.acl_variables = &state.variables;
    acl::Context context{.scene = scene, .where = acl::where_unknown, .state = state, .acls = *acls_};
    if (scene.message)
        context.sender = scene.message->sender;
    context.depth = depth_++;
    const auto outcome = acls_->run(name, context);
    --depth_;
    if (outcome.is_broken)
        log::debug("acl", outcome.log_text);
    scene.acl_variables = variables;
    return outcome_for_text(outcome);
}

AclCalls::Running::Running(AclCalls& calls, acl::Context& context) : calls_(calls), scene_(&context.scene)
{
    calls_.running_.insert_or_assign(scene_, &context);
}

AclCalls::Running::~Running()
{
    calls_.running_.erase(scene_);
}

expand::AclOutcome AclCalls::call(expand::Scene& scene, const Text& name)
{
    const auto at = running_.find(&scene);
    if (at == running_.end())
        return call_alone(scene, name);
    auto& context = *at->second;
    const auto texts = std::exchange(context.texts, {});
    const auto outcome = context.acls.run(name, context);
    context.texts = texts;
    return outcome_for_text(outcome);
}

}
