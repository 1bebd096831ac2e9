// Answers what router is asked about routing, options and local callers. Policy (Ask, Greet) is in
// policy.h.
#pragma once

#include <optional>
#include <unordered_map>

#include "common/base/breaker.h"
#include "common/ipc/endpoint.h"
#include "common/mail/rewrite_path.h"
#include "router/dane_protocol.h"
#include "router/callouts.h"
#include "router/atrn.h"
#include "router/etrn.h"
#include "router/hello_protocol.h"
#include "router/login_proofs.h"
#include "router/logins.h"
#include "router/policy.h"
#include "router/protocol.h"
#include "router/retry_lists.h"
#include "router/scan_servers.h"
#include "router/world.h"

namespace gp::router {

class Desk final : public ipc::Endpoint<Ask, Greet, AskProxy, AskTls, Route, RunSystemFilter, Rewrite, mail::RewritePath, ExpandOption, Caller, Auth, Login, FindTlsa, RecallHello, KeepHello, StartEtrn, StartAtrn, OpenMilter, MatchRetryLists> {
public:
    Desk(const World& world, Policy& policy, Logins& logins) : world_(world), policy_(policy), logins_(logins) {}

    Result<AskReply> answer(const Ask& question, ipc::Channel& from) override;
    Result<GreetReply> answer(const Greet& question, ipc::Channel& from) override;
    Result<ProxyAnswer> answer(const AskProxy& question, ipc::Channel&) override { return policy_.ask_proxy(question); }
    Result<TlsAnswer> answer(const AskTls& question, ipc::Channel&) override { return policy_.ask_tls(question); }
    Result<RouteReply> answer(const Route& question, ipc::Channel&) override;
    Result<SystemFiltered> answer(const RunSystemFilter& question, ipc::Channel&) override;
    Result<Rewritten> answer(const Rewrite& question, ipc::Channel&) override;
    Result<mail::RewritePath::Reply> answer(const mail::RewritePath& question, ipc::Channel&) override;
    Result<Expanded> answer(const ExpandOption& question, ipc::Channel&) override { return expand(question); }
    Result<CallerReply> answer(const Caller& question, ipc::Channel&) override;
    Result<AuthReply> answer(const Auth& question, ipc::Channel&) override;
    Result<LoginReply> answer(const Login& question, ipc::Channel&) override { return logins_.answer(question); }

    Result<FoundTlsa> answer(const FindTlsa& question, ipc::Channel&) override;
    Result<HelloReply> answer(const RecallHello& question, ipc::Channel&) override;
    Result<ipc::Done> answer(const KeepHello& question, ipc::Channel&) override;
    Result<StartEtrnReply> answer(const StartEtrn& question, ipc::Channel&) override { return start_etrn(world_, question, etrn_); }
    Result<StartAtrnReply> answer(const StartAtrn& question, ipc::Channel& from) override
    {
        return start_atrn(world_, question, [&](const Ask& ask) { return answer(ask, from); }, etrn_, proofs_);
    }
    Result<OpenMilterReply> answer(const OpenMilter& question, ipc::Channel&) override
    {
        return open_milter(question, milters_, world_.ground());
    }
    Result<MatchedRetryLists> answer(const MatchRetryLists& question, ipc::Channel&) override;
    // The main option event_action is told of something that has to do with no message (manual 61).
    void raise(std::string_view event, std::string data);
    void connect_to(std::vector<std::string> milters) { milters_ = std::move(milters); }
    void start_with(EtrnOffice& etrn) { etrn_ = &etrn; }
    void prove_with(const LoginProofs& proofs) { proofs_ = &proofs; } // without them every login is believed: the tools
    void remember_with(CalloutOffice& office) { memory_ = &office; } // without one no answer to EHLO is remembered

private:
    Result<Expanded> expand(const ExpandOption& question);
    Result<AskReply> judge(const Ask& question, ipc::Channel& from);
    void tell(const rewrite::Notes& notes, const std::string& id) const;
    Status complete(Delivery& delivery, const Route& question, const Text& order, expand::Scene& scene) const;
    Result<Text> remote_order(expand::Scene& scene); // remote_sort_domains, expanded
    Result<std::uint32_t> rank_of(const std::string& domain, const Text& list, expand::Scene& scene) const;
    // hold_domains, queue_domains: what keeps an address from being routed now.
    Result<std::optional<Unrouted>> held(const RouteTarget& target, const Route& question, expand::Scene& scene) const;
    // Copies share what was parsed.
    Result<expand::ListText> host_list(const config::Setting& setting, const std::string& text);
    Result<Expanded> template_item(const ExpandOption& question, const std::string& path, expand::Scene& scene) const;
    Result<expand::Expression> command_word(const ExpandOption& question, const std::string& text) const;
    Result<expand::Expression> expression(const config::Setting& setting, const std::string& text);

    const World& world_;
    Policy& policy_;
    Logins& logins_;
    EtrnOffice* etrn_ = nullptr;
    const LoginProofs* proofs_ = nullptr;
    CalloutOffice* memory_ = nullptr;
    std::optional<RetryLists> retry_lists_; // made when the first question comes
    Breaker resting_scanners_;
    std::vector<std::string> milters_; // whom cleanup may have connected
    // Options that remote asked for, parsed the first time; no more of them than the configuration has.
    std::unordered_map<const config::Setting*, expand::ListText> host_lists_;
    std::unordered_map<const config::Setting*, expand::Expression> expressions_;
};

}
