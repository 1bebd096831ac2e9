// An ACL that is run once for each MIME part (manual 45.4).
#pragma once

#include <functional>

#include "common/acl/acls.h"
#include "common/mail/mime_part.h"
#include "router/policy.h"

namespace gp::router {

// The first outcome that is not "accept", or that of the last part. $mime_part_count stays for the ACLs to come.
acl::Outcome for_each_part(const std::vector<mail::MimePart>& parts, acl::Context& context, PartContents* contents,
                           const std::function<acl::Outcome()>& run);

}
