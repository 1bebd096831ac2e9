// Answers qmgr, router and, for mua_wrapper, cleanup: one delivery, or one callout, is one fiber; and takes connections over
// that ATRN turned around.
#pragma once

#include "common/ipc/endpoint.h"
#include "delivery/protocol.h"
#include "delivery/remote/callout_protocol.h"
#include "delivery/remote/delivery_run.h"
#include "delivery/remote/held_links.h"
#include "delivery/remote/send_now_protocol.h"
#include "delivery/remote/turned_links.h"

namespace gp::remote {

class DeliverEndpoint final : public ipc::Endpoint<delivery::Deliver, Callout, SendNow, TurnLink> {
public:
    explicit DeliverEndpoint(Workshop workshop) : workshop_(std::move(workshop)), held_(workshop_), turned_(workshop_) { workshop_.held = &held_; }
    DeliverEndpoint(const DeliverEndpoint&) = delete;
    DeliverEndpoint& operator=(const DeliverEndpoint&) = delete;

    Result<delivery::DeliverReply> answer(const delivery::Deliver& request, ipc::Channel& from) override;
    Result<CalloutReply> answer(const Callout& request, ipc::Channel& from) override;
    Result<delivery::DeliverReply> answer(const SendNow& request, ipc::Channel& from) override;

    Result<TurnLinkReply> answer(const TurnLink& request, ipc::Channel&) override { return turned_.turn(request); }

    bool is_busy() const { return turned_.is_busy(); }
    void close_held()
    {
        held_.close_all();
        turned_.close_all();
    }

private:
    Workshop workshop_;
    HeldLinks held_;
    TurnedLinks turned_;
};

}
