// Policy by the configuration's access control lists.
#pragma once

#include <map>

#include "common/acl/acls.h"
#include "common/acl/helo_check.h"
#include "common/dmarc/suffix_file.h"
#include "router/authenticators.h"
#include "router/message_scene.h"
#include "router/policy.h"

namespace gp::router {

class CalloutOffice;

class AclPolicy final : public Policy {
public:
    // Parses every ACL; whatever is wrong goes to `problems`, each with file and line.
    AclPolicy(const World& world, const Authenticators& authenticators, config::Problems& problems);

    // Who counts for ratelimit and seen; without one those are deferred.
    void count_with(acl::Counts& counts) { counts_ = &counts; }
    // Who makes callouts; without one none are made, and routing alone decides.
    void call_with(CalloutOffice& office) { office_ = &office; }

    Result<AskReply> ask(const Ask& question, const MessageCalls& calls = {}) override;
    Result<GreetReply> greet(const Greet& question) override;
    Result<ProxyAnswer> ask_proxy(const AskProxy& question) override;
    Result<TlsAnswer> ask_tls(const AskTls& question) override;

private:
    // The whole answer but for the client's name; `reply` has the state of the question.
    Status decide(const Ask& question, const MessageCalls& calls, MessageScene& message, AskReply& reply);
    static void tell_name(const expand::Scene& scene, const Ask& question, AskReply& reply);
    AskReply run(const Ask& question, const expand::Expression* acl, MessageScene& message, const MessageCalls& calls);
    acl::Outcome outcome_of(const Ask& question, const expand::Expression* acl, acl::Context& context, const MessageCalls& calls) const;
    acl::Outcome run_named(const expand::Expression& acl, acl::Context& context) const;
    void check_scanners(config::Problems& problems);
    AskReply reply_of(const acl::Outcome& outcome, const Ask& question, acl::Context& context) const;
    std::optional<AskReply> check_address(const Ask& question, MessageScene& message, AskReply& reply) const;
    void read_greeting(config::Problems& problems);
    void offer_authentication(expand::Scene& scene, AskReply& reply) const;
    void check_mail_auth(const Ask& question, expand::Scene& scene, AskReply& reply) const;
    bool is_overloaded() const;
    Status look_up_borrowed_name(expand::Scene& scene, AskReply& reply) const;
    Result<bool> bears_false_name(expand::Scene& scene, acl::HeloCheck& named) const;
    void take_at_end(acl::Outcome& outcome, Phase phase) const;
    Result<bool> host_matches(std::string_view option, expand::Scene& scene) const;
    bool tells_details() const;
    std::uint32_t connections_of_one_host(const mail::Origin& origin, expand::Scene& scene) const;
    std::uint32_t connections_of_one_host(expand::Scene& scene) const;
    Result<std::string> expanded(std::string_view option, expand::Scene& scene) const;

    const World& world_;
    const Authenticators& authenticators_;
    acl::Counts* counts_ = nullptr;
    CalloutOffice* office_ = nullptr;
    acl::ScannerOption spamd_address_, av_scanner_;
    std::optional<expand::Expression> spamd_text_, av_text_;
    acl::Acls acls_;
    std::vector<std::optional<expand::Expression>> phases_; // by Phase: the acl_… option
    // What a greeting asks of every client: parsed once, by the name of the option.
    std::map<std::string_view, expand::ListText> host_lists_;
    std::map<std::string_view, expand::ListText> domain_lists_; // helo_lookup_domains
    std::map<std::string_view, expand::Expression> texts_;
    mutable std::optional<dmarc::SuffixFile> suffixes_; // dmarc_tld_file
};

// The main option that names the ACL of a phase: "acl_smtp_rcpt".
std::string_view acl_option(Phase phase);

}
