#include "delivery/remote/deliver_endpoint.h"

#include "delivery/remote/callout_run.h"

namespace gp::remote {

Result<delivery::DeliverReply> DeliverEndpoint::answer(const delivery::Deliver& request, ipc::Channel&)
{
    if (request.targets.empty())
        return permanent("a delivery without targets");
    return DeliveryRun{workshop_, request}.run();
}

Result<CalloutReply> DeliverEndpoint::answer(const Callout& request, ipc::Channel&)
{
    return CalloutRun{workshop_, request}.run();
}

}
