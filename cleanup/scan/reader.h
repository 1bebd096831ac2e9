// Answers scan's questions: pure functions of the octets they are given.
#pragma once

#include "cleanup/scan/protocol.h"
#include "common/base/result.h"
#include "common/ipc/endpoint.h"

namespace gp::scan {

AddressesReply addresses_in(const Addresses& question);

class Reader final : public ipc::Endpoint<Addresses> {
public:
    Result<AddressesReply> answer(const Addresses& question, ipc::Channel&) override { return addresses_in(question); }
};

}
