// Answers qmgr and router: one delivery, or one callout, is one fiber.
#pragma once

#include "common/ipc/endpoint.h"
#include "delivery/protocol.h"
#include "delivery/remote/callout_protocol.h"
#include "delivery/remote/delivery_run.h"

namespace gp::remote {

class DeliverEndpoint final : public ipc::Endpoint<delivery::Deliver, Callout> {
public:
    explicit DeliverEndpoint(Workshop workshop) : workshop_(std::move(workshop)) {}

    Result<delivery::DeliverReply> answer(const delivery::Deliver& request, ipc::Channel& from) override;
    Result<CalloutReply> answer(const Callout& request, ipc::Channel& from) override;

private:
    Workshop workshop_;
};

}
