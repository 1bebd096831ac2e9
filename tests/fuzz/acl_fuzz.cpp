// The text of an ACL: it is parsed or refused with a reason, and what was parsed runs to a verdict in any phase, however
// it calls itself, and leaves the scene as it was.
//
// Input: octet 0 the phase, then the statements.

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "tests/fuzz/no_files.h"

namespace {

using namespace gp;

expand::Ground& ground()
{
    auto& made = fuzz::ground_without_files();
    made.origin.host_address = "192.0.2.7";
    made.host = match::Host{"192.0.2.7"};
    return made;
}

void run(expand::Ground& around, const acl::Acls& acls, acl::Where where)
{
    mail::PolicyState state;
    acl::Context context{.scene = around.scene, .where = where, .state = state, .acls = acls};
    around.scene.acl_variables = &state.variables;
    context.resolver = &around.resolver;
    context.sender = "a@b.example";
    context.sender_given = true;
    context.recipient = "c@d.example";
    const auto* message = around.scene.message;
    const auto outcome = acls.run(Text::clean("main"), context);
    if (outcome.is_broken && outcome.log_text.empty())
        panic("what is broken says why");
    if (around.scene.message != message || around.scene.depth.levels != 0)
        panic("the scene is left as it was");
    around.scene.acl_variables = nullptr;
    around.scene.captures.values.clear();
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > 8192)
        return 0;
    auto& around = ground();
    acl::Acls acls{around.language, acl::Words::linked()};
    config::Acl source{.name = "main"};
    for (const auto line : split({reinterpret_cast<const char*>(data) + 1, size - 1}, '\n'))
        source.lines.push_back({.text = std::string(line)});
    config::Problems problems;
    acls.add(source, problems);
    for (const auto& problem : problems.all())
        if (problem.reason.empty())
            panic("a refusal says why");
    if (problems.has_errors())
        return 0;
    event::Loop loop; // a look-up waits on a fiber
    (void)loop.spawn("acl", [&] { run(around, acls, static_cast<acl::Where>(1u << data[0] % 22)); });
    loop.run_until_idle();
    return 0;
}
