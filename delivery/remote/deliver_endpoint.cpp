#include "delivery/remote/deliver_endpoint.h"

#include "delivery/remote/callout_run.h"

namespace gp::remote {

Result<delivery::DeliverReply> DeliverEndpoint::answer(const delivery::Deliver& request, ipc::Channel& from)
{
    if (request.targets.empty())
        return permanent("a delivery without targets");
    return DeliveryRun{workshop_, request}.run([&] {
        if (request.number != 0)
            from.send(delivery::Spoken{request.number});
    });
}

Result<CalloutReply> DeliverEndpoint::answer(const Callout& request, ipc::Channel&)
{
    return CalloutRun{workshop_, request}.run();
}

Result<delivery::DeliverReply> DeliverEndpoint::answer(const SendNow& request, ipc::Channel& from)
{
    if (!workshop_.parameters.mua_wrapper || !from.name().starts_with("cleanup/")) {
        from.close("what is not in the spool is carried for cleanup alone, and with mua_wrapper");
        return permanent("what is not in the spool is carried for cleanup alone, and with mua_wrapper", Cause::refused);
    }
    if (request.delivery.targets.empty())
        return permanent("a delivery without targets");
    return DeliveryRun{workshop_, request}.run();
}

}
