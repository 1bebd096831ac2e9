// Main options that name the access control list of each point (manual 44.2).
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Acls {
    config::Expandable acl_smtp_connect, acl_smtp_helo, acl_smtp_starttls, acl_smtp_auth, acl_smtp_mail, acl_smtp_mailauth;
    config::Expandable acl_smtp_rcpt, acl_smtp_predata, acl_smtp_mime, acl_smtp_dkim, acl_smtp_data, acl_smtp_data_prdr;
    config::Expandable acl_smtp_etrn, acl_smtp_atrn, acl_smtp_vrfy, acl_smtp_expn, acl_smtp_wellknown;
    config::Expandable acl_smtp_quit, acl_smtp_notquit;
    config::Expandable acl_not_smtp, acl_not_smtp_start, acl_not_smtp_mime;
    bool strict_acl_vars = false;

    static constexpr std::string_view title = "Access control lists";
    static std::span<const config::Param<Acls>> params();
};

}
