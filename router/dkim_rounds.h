// acl_smtp_dkim: the ACL is run for each signer of dkim_verify_signers and each of its signatures; what became of the
// signatures is logged, and kept for dkim_status, ${authresults} and the ACLs to come (manual 58.3).
#pragma once

#include <functional>

#include "common/acl/acls.h"
#include "common/mail/signature.h"

namespace gp::router {

class DkimRounds {
public:
    struct Rules {
        bool is_verbose = false;                     // log_selector
        const expand::Expression* signers = nullptr; // dkim_verify_signers; null: all that there are
        std::function<acl::Outcome()> run;           // empty: no ACL
    };
    DkimRounds(acl::Context& context, std::vector<mail::CheckedSignature>& signatures, Rules rules)
        : context_(context), signatures_(signatures), rules_(std::move(rules))
    {
    }
    // The first outcome that is not "accept", or "accept".
    acl::Outcome judge();

private:
    acl::Outcome round(std::string_view signer, mail::CheckedSignature* one);
    void log_result(const mail::CheckedSignature& one) const;
    std::vector<std::string> signer_list();
    void keep_results();

    acl::Context& context_;
    std::vector<mail::CheckedSignature>& signatures_;
    const Rules rules_;
    std::string statuses_; // after each run
};

}
