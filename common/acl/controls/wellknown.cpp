// control = wellknown/FILE: whose content answers the command WELLKNOWN (Exim 4.98).

#include "common/acl/acls.h"
#include "common/acl/modifier.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

// What looks the name up finds nothing for a path that is not there: then no file is named, and the client is refused.
Status name_file(Context& context, std::string_view file)
{
    context.scene.facts.erase(wellknown_file);
    if (file.empty())
        return {};
    if (file.front() != '/')
        return misconfigured("control=wellknown: \"" + escape(file, true) + "\" is not an absolute path");
    context.scene.facts.set(wellknown_file, Text::clean(std::string(file)));
    return {};
}

const RegisterControl wellknown{{.name = "wellknown", .allowed_at = where_wellknown, .takes_options = true, .names_file = true, .apply = name_file,
                                 .doc = "wellknown/FILE: the content of this file answers the command WELLKNOWN."}};

}
}
