// ${acl{…}} and the acl condition of expansions. While an ACL runs, the text is part of it, and what the called one
// sets stays; elsewhere (a router's option, exim -be) the lists of the configuration are parsed when the first text
// asks for one.
#pragma once

#include <map>
#include <memory>

#include "common/acl/acls.h"
#include "common/expand/effects.h"
#include "conf/params/configuration.h"

namespace gp::router {

class AclCalls final : public expand::Acls {
public:
    AclCalls(const conf::Configuration& configuration, const expand::Language& language)
        : configuration_(configuration), language_(language)
    {
    }
    expand::AclOutcome call(expand::Scene& scene, const Text& name) override;

    // An ACL that runs in a scene, as long as this lives.
    class Running {
    public:
        Running(AclCalls& calls, acl::Context& context);
        ~Running();
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

    private:
        AclCalls& calls_;
        const expand::Scene* scene_;
    };

private:
    expand::AclOutcome call_alone(expand::Scene& scene, const Text& name);

    const conf::Configuration& configuration_;
    const expand::Language& language_;
    std::unique_ptr<acl::Acls> acls_;
    unsigned depth_ = 0; // an ACL whose texts call ACLs
    std::map<const expand::Scene*, acl::Context*> running_;
};

}
