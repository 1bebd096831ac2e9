// pam {user:password…}, radius {…}, ldapauth {query}, saslauthd {{user}{password}{service}{realm}}: asked of
// the scene's PasswordChecks, for no process that expands texts holds the rights to check passwords itself.
#pragma once

#include "common/expand/condition.h"
#include "common/expand/scene.h"

namespace gp::expand {

// What the PasswordChecks say to the arguments; an error where the scene has none.
Result<bool> ask_password_checks(Scene& scene, std::string_view method,
                                 const std::vector<std::string>& arguments);

// The same for a condition with one text, whose name is the method.
Result<bool> one_text(const ConditionCall& call);

}
