// The ACLs of a configuration as those want them who look for what will surprise: parsed, with the words behind each
// condition's name, and with who calls whom, as far as that stands literally.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/acl/acls.h"
#include "common/expand/expand.h"
#include "conf/params/configuration.h"

namespace gp::conf {

struct ParsedAcl {
    const config::Acl* source = nullptr;
    acl::Acl list;
    std::vector<bool> is_broken; // of each statement: something in it could not be read, which is told elsewhere

    // The words behind the "=" of a clause; empty: there are none.
    std::string argument(const acl::Clause& clause) const;
};

class ParsedAcls {
public:
    explicit ParsedAcls(const Configuration& configuration);

    const std::vector<ParsedAcl>& all() const { return all_; }
    const ParsedAcl* find(std::string_view name) const;
    // The ACLs that the value of an option, or of "acl =", names: the first word, or words in braces of an expansion.
    std::vector<const ParsedAcl*> named_in(std::string_view text) const;

private:
    expand::Language language_;
    acl::Words words_;
    std::vector<ParsedAcl> all_;
};

// Where ACLs are run: the option that names one, and what may be tested then.
struct AclPoint {
    std::string_view option;
    acl::Where where;
};
std::span<const AclPoint> acl_points();

}
