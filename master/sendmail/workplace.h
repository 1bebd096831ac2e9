// The configuration at work in this process, with the caller's rights: what the test modes (-be, -bt, -bh …)
// stand on. The libraries are the daemons' own; nothing is asked of a running suite.
#pragma once

#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/event/loop.h"
#include "common/mail/envelope.h"
#include "conf/params/surroundings.h"
#include "master/sendmail/command_runner.h"
#include "master/sendmail/options.h"
#include "master/sendmail/pam_runner.h"
#include "master/sendmail/sasl_runner.h"
#include "master/sendmail/suite_queue.h"
#include "router/world.h"

namespace gp::sendmail {

class Workplace {
public:
    enum class Needs { expansions, routing };

    // Reads the configuration, runs `work` on a fiber and gives its exit status; what is wrong with the
    // configuration is said on standard error, and the status is 1.
    static int run(const Options& options, Needs needs, const std::function<int(Workplace&)>& work);

    const Options& options() const { return options_; }
    const conf::Configuration& configuration() const { return *configuration_; }
    router::World& world() { return *world_; }
    const router::Parameters& parameters() const { return world_->ground().parameters; }
    bool test_habits() const { return around_.test_habits; }
    // Who called, or who -oM… says it was.
    const mail::Origin& origin() const { return origin_; }

    // -f, or the caller's own address.
    const std::string& sender() const { return sender_; }

private:
    explicit Workplace(const Options& options) : options_(options) {}
    Status open(Needs needs);
    router::Parameters router_parameters() const;
    mail::Origin caller() const;
    std::string own_sender() const;

    event::Loop loop_;
    const Options& options_;
    SystemClock clock_;
    std::shared_ptr<const conf::Configuration> configuration_;
    conf::Surroundings around_;
    std::unique_ptr<dns::Resolver> resolver_;
    std::unique_ptr<router::World> world_;
    CommandRunner runner_;
    PamRunner pam_;
    SaslRunner sasl_;
    router::ConfiguredEnvironment environment_;
    SuiteQueue queue_{options_};
    mail::Origin origin_;
    std::string sender_;
};

}
