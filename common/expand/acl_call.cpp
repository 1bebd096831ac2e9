#include "common/expand/acl_call.h"

#include "common/expand/detail/branching.h"

namespace gp::expand {

Result<AclOutcome> call_acl(Scene& scene, std::span<const Text> texts)
{
    const auto& name = texts.front();
    const auto failed = [&](std::string_view what) { return std::string(what) + " from acl \"" + name.text + "\""; };
    if (!scene.world.effects.acls)
        return misconfigured(failed("ERROR"));
    // The arguments are those of this call only (manual 11.5).
    const Saved arguments(scene.acl);
    scene.acl = {};
    scene.acl.count = std::min(texts.size() - 1, scene.acl.values.size());
    for (std::size_t i = 0; i < scene.acl.count; ++i)
        scene.acl.values[i] = texts[i + 1];
    auto outcome = scene.world.effects.acls->call(scene, name);
    switch (outcome.verdict) {
    case AclOutcome::Verdict::accept:
    case AclOutcome::Verdict::deny:
        return outcome;
    case AclOutcome::Verdict::defer:
        return temporary(failed("DEFER"), Cause::forced_fail);
    case AclOutcome::Verdict::error:
        break;
    }
    return misconfigured(failed("ERROR"));
}

}
