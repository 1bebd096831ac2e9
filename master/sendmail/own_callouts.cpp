#include "master/sendmail/own_callouts.h"

#include "common/base/random.h"
#include "delivery/remote/callout_run.h"

namespace gp::sendmail {
namespace {

constexpr std::uint32_t connections_at_once = 1;

remote::Parameters parameters_of(const std::string& primary_hostname)
{
    remote::Parameters parameters;
    parameters.primary_hostname = primary_hostname;
    parameters.connection_keep = 0;
    return parameters;
}

// Keys are keyd's, which asks nobody that is no service.
tls::Signer no_signer(std::uint32_t)
{
    return [](const tls::SignRequest&) -> Result<std::string> {
        return temporary("a client certificate cannot be shown by a test session");
    };
}

}

struct OwnCallouts::Parts {
    Parts(const std::string& primary_hostname, ipc::Link& router)
        : parameters(parameters_of(primary_hostname)), contexts(parameters, no_signer), warm(parameters),
          workshop{.parameters = parameters,
                   .protocols = protocols,
                   .contexts = contexts,
                   .warm = warm,
                   .dkim = [](const remote::DkimKey&, const std::string&) -> Result<std::string> {
                       return temporary("nothing is signed by a test session");
                   },
                   .connections = connections,
                   .spoold = spoold,
                   .router = &router,
                   .clock = clock,
                   .random = [](std::uint32_t bound) { return bound < 2 ? 0 : static_cast<std::uint32_t>(random_number() % bound); }}
    {
    }
    remote::Parameters parameters;
    Registry<remote::Protocol> protocols = Registry<remote::Protocol>::linked();
    remote::TlsContexts contexts;
    remote::WarmLinks warm;
    event::Gate connections{connections_at_once};
    ipc::Link spoold{"spoold"}; // nothing is delivered
    SystemClock clock;
    remote::Workshop workshop;
};

OwnCallouts::OwnCallouts(const std::string& primary_hostname, ipc::Link& router)
    : parts_(std::make_unique<Parts>(primary_hostname, router))
{
}

OwnCallouts::~OwnCallouts() = default;

Result<remote::CalloutReply> OwnCallouts::call(const remote::Callout& question, event::Deadline)
{
    return remote::CalloutRun{parts_->workshop, question}.run();
}

std::optional<std::string> OwnCallouts::recall(const std::string& key)
{
    const auto found = remembered_.find(key);
    return found == remembered_.end() ? std::nullopt : std::optional{found->second};
}

void OwnCallouts::remember(const std::string& key, const std::string& value, Duration)
{
    remembered_.insert_or_assign(key, value);
}

}
