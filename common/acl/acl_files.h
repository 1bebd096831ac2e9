// ACLs that stand in files of their own: "acl_smtp_rcpt = /etc/exim4/acl.rcpt" (manual 44.3).
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/acl/acls.h"

namespace gp::acl {

// As the configuration's own lines: comments are left out, a backslash at the end joins the next line.
std::vector<std::string> logical_lines(std::string_view text);

class AclFiles {
public:
    static constexpr std::size_t most_octets = 1024 * 1024; // of one file
    static constexpr std::size_t most_known = 64;           // files; then it forgets them all

    using Parse = std::function<Result<Acl>(const std::string& name, std::string_view text)>;
    // What the file says now: it is read and parsed when it is new or has changed.
    Result<std::shared_ptr<const Acl>> at(const std::string& name, const Parse& parse);

private:
    struct Known {
        struct ::stat status {};
        std::shared_ptr<const Acl> acl;
    };
    std::map<std::string, Known> known_;
};

}
